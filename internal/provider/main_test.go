package provider_test

import (
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

func TestMain(m *testing.M) { acctest.Main(m) }

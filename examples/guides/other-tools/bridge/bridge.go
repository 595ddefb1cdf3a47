// Package bridge is the Prosa provider for programs that need it as a Go package.
package bridge

import (
	"github.com/hashicorp/terraform-plugin-framework/provider"

	prosa "github.com/prosa-ai/terraform-provider-prosa/internal/provider"
)

// New returns the provider with a version, such as "0.1.0".
func New(version string) provider.Provider { return prosa.New(version)() }

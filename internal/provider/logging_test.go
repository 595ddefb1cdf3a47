package provider_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/provider"
)

func TestLogsAreRead(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		environ []string
		want    bool
	}{
		{nil, false},
		{[]string{"PATH=/bin", "TF_LO=trace", "MY_TF_LOG=trace", "TF_LOG=", "=C:=C:\\", "TF_LOG"}, false},
		{[]string{"PATH=/bin", "TF_LOG=JSON"}, true},
		{[]string{"TF_LOG_PROVIDER=info"}, true},
		{[]string{"TF_LOG=", "TF_LOG_SDK_FRAMEWORK=warn"}, true},
		{[]string{"TOFU_LOG=debug"}, true},
	} {
		if got := provider.LogsAreRead(row.environ); got != row.want {
			t.Errorf("%q: got %t", row.environ, got)
		}
	}
}

// TestLogWithoutFramework turns the framework's log off. TestNoSecretIsShownAnywhere reads both logs.
func TestLogWithoutFramework(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "log")
	w := acctest.New(t).Installed("TF_LOG=TRACE", "TF_LOG_PATH="+file, "TF_LOG_SDK=off")
	w.Write("main.tf", withSource+"data \"prosa_webhook_endpoints\" \"all\" {}\n")
	w.Run("init")
	w.Run("plan")
	log, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(log, []byte("request to the Prosa API")) || bytes.Contains(log, []byte("sdk.framework")) {
		t.Errorf("the log should have the provider's lines, and none of the framework's: %s", log)
	}
}

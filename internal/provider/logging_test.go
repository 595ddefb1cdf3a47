package provider_test

import (
	"path/filepath"
	"strings"
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

// TestLogsThatAreAskedForAreWritten has the CLI put into a file what the built provider logs: its own lines, and the
// framework's, but for those that another variable turns off.
func TestLogsThatAreAskedForAreWritten(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	for name, row := range map[string]struct {
		more      []string
		framework bool
	}{
		"all":                    {nil, true},
		"not of the framework's": {[]string{"TF_LOG_SDK=off"}, false},
	} {
		file := filepath.Join(t.TempDir(), "log")
		w := e.Built(append(row.more, "TF_LOG=TRACE", "TF_LOG_PATH="+file)...)
		w.Write("main.tf", withSource+"\ndata \"prosa_webhook_endpoints\" \"all\" {}\n")
		w.Run("plan")
		w.Folder = filepath.Dir(file)
		log := w.Read("log")
		if !strings.Contains(log, "request to the Prosa API") {
			t.Errorf("%s: the provider's own lines are missing", name)
		}
		if strings.Contains(log, "sdk.framework") != row.framework {
			t.Errorf("%s: the framework's lines should be there: %t", name, row.framework)
		}
	}
}

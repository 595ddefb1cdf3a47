package provider_test

import (
	"errors"
	"net/http"
	"regexp"
	"sync"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

func TestUserAgent(t *testing.T) {
	t.Parallel()
	const form = `^Terraform/1\.2\.3 \(\+https://www\.terraform\.io\) ` +
		`Terraform-Plugin-Framework(/\d+\.\d+\.\d+)? terraform-provider-prosa/test`
	for appended, end := range map[string]string{
		"":                       `$`,
		"  my-ci/7 ":             ` my-ci/7$`,
		"two\r\nX-Injected: yes": ` two  X-Injected: yes$`,
		acctest.APIKey:           ` \(redacted\)$`,
	} {
		e := acctest.New(t)
		e.Vars["TF_APPEND_USER_AGENT"] = appended
		_, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": hook})
		problems.ExpectNone(t)
		for _, r := range e.Sandbox.RequestLog() {
			if got := r.Header.Get("User-Agent"); !regexp.MustCompile(form + end).MatchString(got) {
				t.Errorf("with %q the user agent is %q", appended, got)
			}
		}
	}
}

// deadEnd is a transport whose requests fail. It records them.
type deadEnd struct {
	mu    sync.Mutex
	asked []string
}

func (d *deadEnd) use(c *prosa.Config) { c.Transport = d }

func (d *deadEnd) RoundTrip(r *http.Request) (*http.Response, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, r.Method+" "+r.URL.String())
	return nil, errors.New("no network here")
}

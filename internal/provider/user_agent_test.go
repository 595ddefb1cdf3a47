package provider_test

import (
	"regexp"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
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
		e.Setenv("TF_APPEND_USER_AGENT", appended)
		e.Configured().MustApply(endpointType, nil, acctest.Object{"url": hook})
		for _, r := range e.Sandbox.RequestLog() {
			if got := r.Header.Get("User-Agent"); !regexp.MustCompile(form + end).MatchString(got) {
				t.Errorf("with %q the user agent is %q", appended, got)
			}
		}
	}
}

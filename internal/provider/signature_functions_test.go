package provider_test

import (
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

// signed is the SHA-256 sum of: key.{"message":"ping"}
const signed = "b11280d557fcce1f1e11503cb992d9d9548da30d32b8d8ac693f697cec25d91e"

// TestSignatureFunctions: TestMessages has the errors, and the client's tests have more signatures.
func TestSignatureFunctions(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Provider() // not configured: functions need no request
	const header, body = "t=1673940396,v1=" + signed, `{"message":"ping"}`
	for name, c := range map[string]struct {
		function  string
		arguments []any
		want      any
	}{
		"signature":    {"signature", []any{"key", int64(1673940396), body}, header},
		"valid":        {"verify_signature", []any{header, body, []any{"other", "key"}}, true},
		"another body": {"verify_signature", []any{header, body + "\n", []any{"key"}}, false},
		"no keys":      {"verify_signature", []any{header, body, []any{}}, false},
	} {
		if got, problem, _ := p.Call(c.function, c.arguments...); got != c.want || problem != "" {
			t.Errorf("%s: got %v, error %q", name, got, problem)
		}
	}
}

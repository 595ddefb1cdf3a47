package provider_test

import (
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

// signed is the SHA-256 sum of: key.{"message":"ping"}
const signed = "b11280d557fcce1f1e11503cb992d9d9548da30d32b8d8ac693f697cec25d91e"

func TestSignatureFunctions(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Provider() // not configured: functions need no request
	const header, body = "t=1673940396,v1=" + signed, `{"message":"ping"}`
	for name, c := range map[string]struct {
		function  string
		arguments []any
		want      any
		problem   string
		argument  int64
	}{
		"signature":         {"signature", []any{"key", int64(1673940396), body}, header, "", -1},
		"no key":            {"signature", []any{"", int64(0), body}, nil, "the signing key is empty", 0},
		"valid":             {"verify_signature", []any{header, body, []any{"other", "key"}}, true, "", -1},
		"another body":      {"verify_signature", []any{header, body + "\n", []any{"key"}}, false, "", -1},
		"no keys":           {"verify_signature", []any{header, body, []any{}}, false, "", -1},
		"another header":    {"verify_signature", []any{"Bearer key", body, []any{"key"}}, false, "", -1},
		"key that is null":  {"verify_signature", []any{header, body, []any{"key", nil}}, nil, "null or empty", 2},
		"key that is empty": {"verify_signature", []any{header, body, []any{""}}, nil, "null or empty", 2},
	} {
		got, problem, argument := p.Call(c.function, c.arguments...)
		if got != c.want || !strings.Contains(problem, c.problem) || (problem == "") != (c.problem == "") || argument != c.argument {
			t.Errorf("%s: got %v, and %q about argument %d", name, got, problem, argument)
		}
	}
}

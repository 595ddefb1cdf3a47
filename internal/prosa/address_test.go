package prosa

import (
	"strings"
	"testing"
)

func TestParseBaseURL(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		DefaultBaseURL:                              DefaultBaseURL,
		DefaultBaseURL + "/":                        DefaultBaseURL,
		DefaultBaseURL + "///":                      DefaultBaseURL,
		"HTTPS://api.prosa.ai/v2":                   "https://api.prosa.ai/v2",
		"https://api.prosa.ai:8443/v2":              "https://api.prosa.ai:8443/v2",
		"https://api.prosa.ai/a%2Fb/":               "https://api.prosa.ai/a%2Fb",
		"https://api.prosa.ai/a%2F":                 "https://api.prosa.ai/a%2F",
		"https://api.prosa.ai/webhooks/v2":          "https://api.prosa.ai/webhooks/v2",
		"https://api.prosa.ai/my-webhooks":          "https://api.prosa.ai/my-webhooks",
		"http://localhost:8723/v2/speech":           "http://localhost:8723/v2/speech",
		"http://LOCALHOST/v2":                       "http://LOCALHOST/v2",
		"http://127.8.9.1:80/x":                     "http://127.8.9.1:80/x",
		"http://[::1]:8080/x/":                      "http://[::1]:8080/x",
		"http://[::ffff:127.0.0.1]/":                "http://[::ffff:127.0.0.1]",
		"https://user-of-a-path.example.com/@x/y:z": "https://user-of-a-path.example.com/@x/y:z",
	} {
		got, err := ParseBaseURL(raw)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		equal(t, raw, got.String(), want)
	}
	for raw, why := range map[string]string{
		"":                                      "empty",
		"api.prosa.ai/v2":                       "no scheme",
		"ftp://api.prosa.ai":                    "neither https nor http",
		"localhost:8723":                        "neither https nor http",
		"https://":                              "no host",
		"https://:443/v2":                       "no host",
		"https:api.prosa.ai":                    "no host",
		"http://api.prosa.ai/v2":                "unencrypted",
		"http://localhost.example.com":          "unencrypted",
		"http://0.0.0.0":                        "unencrypted",
		"http://[::2]":                          "unencrypted",
		"https://ann:hunter2@api.prosa.ai":      "user name",
		"https://@api.prosa.ai":                 "user name",
		"https://ann:hunter2@api.prosa.ai:x/v2": "not a URL",
		"https://ann:hunter2%zz@api.prosa.ai":   "not a URL",
		"https://api.prosa.ai/v2?key=hunter2":   "query",
		"https://api.prosa.ai/v2?":              "query",
		"https://api.prosa.ai/v2#hunter2":       "fragment",
		"https://api.prosa.ai/v2#":              "fragment",
		"https://api.prosa.ai/v2/webhooks":      "webhooks",
		"https://api.prosa.ai/webhooks//":       "webhooks",
		"https://api.prosa.ai/v 2":              "space",
		"https://api.prosa.ai/v2\n":             "space",
		"https://api.prosa.ai\x7f":              "control character",
		"https://api.prosa.ai:port":             "not a URL",
		"https://[::1":                          "not a URL",
	} {
		got, err := ParseBaseURL(raw)
		if err == nil {
			t.Errorf("%q is accepted as %s", raw, got)
			continue
		}
		mustContain(t, err.Error(), why)
		mustNotContain(t, err.Error(), "hunter2", `parse "`)
	}
}

func TestParseEndpointURL(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		hookURL, "http://example.com", "https://ann:secret@example.com/x?y=z#f", "https://[2001:db8::1]:8443/", "https://münchen.example/ü",
	} {
		if _, err := ParseEndpointURL(raw); err != nil {
			t.Errorf("%q: %v", raw, err)
		}
	}
	for _, raw := range []string{
		"", "example.com", "/hook", "https://", "https:///hook", "ftp://example.com", "https://exa mple.com", "https://example.com/a\tb",
		"https://example.com:port", "https://%zz", "mailto:a@example.com",
	} {
		if _, err := ParseEndpointURL(raw); err == nil {
			t.Errorf("%q is accepted", raw)
		}
	}
}

func TestNormalizeURL(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://example.com":               "https://example.com/",
		"https://example.com/":              "https://example.com/",
		"HTTPS://Example.COM":               "https://example.com/",
		"https://example.com:443/x":         "https://example.com/x",
		"http://example.com:80":             "http://example.com/",
		"https://example.com:80/x":          "https://example.com:80/x",
		"https://example.com:8443":          "https://example.com:8443/",
		"https://example.com:":              "https://example.com/",
		"https://example.com/path":          "https://example.com/path",
		"https://example.com?Q=1":           "https://example.com/?Q=1",
		"https://example.com/a%2Fb?x=%20#F": "https://example.com/a%2Fb?x=%20#F",
		"https://Ann:Secret@Example.com/":   "https://Ann:Secret@example.com/",
		"https://[2001:DB8::1]:443":         "https://[2001:db8::1]/",
		"https://[2001:DB8::1]:8443":        "https://[2001:db8::1]:8443/",
		"https://München.Example":           "https://xn--mnchen-3ya.example/",
		"":                                  "",
		"not a url":                         "not a url",
		"https://exa mple.com":              "https://exa mple.com",
		"mailto:Ann@Example.com":            "mailto:Ann@Example.com",
		"//Example.com":                     "//Example.com",
		"https://:443":                      "https://:443",
		"https://example.com:443:443/":      "https://example.com:443:443/",
	} {
		got := NormalizeURL(raw)
		equal(t, raw, got, want)
		equal(t, raw+" normalized twice", NormalizeURL(got), got)
	}
}

func TestCheckHeader(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"x-api-key", "X-API-Key", "Content-Type", "HOST", "User-Agent", "Idempotency-Key", "x-idempotency-key"} {
		err := CheckHeader(name, "hunter2")
		if err == nil {
			t.Errorf("the reserved header %s is accepted", name)
			continue
		}
		mustContain(t, err.Error(), strings.ToLower(name))
		mustNotContain(t, err.Error(), "hunter2")
	}
	for _, name := range []string{"", "a b", "a:b", "a\nb", "ä", "a(b)"} {
		if CheckHeader(name, "x") == nil {
			t.Errorf("the name %q is accepted", name)
		}
	}
	for _, value := range []string{"hunter2\n", "hunter2\r\nx: y", "hunter2\x00", "\x7fhunter2"} {
		err := CheckHeader("x-gateway", value)
		if err == nil {
			t.Errorf("the value %q is accepted", value)
			continue
		}
		mustContain(t, err.Error(), "x-gateway")
		mustNotContain(t, err.Error(), "hunter2")
	}
	for _, value := range []string{"", "a b\tc", "é", "\"quoted\""} {
		if err := CheckHeader("X-Gateway", value); err != nil {
			t.Errorf("%q: %v", value, err)
		}
	}
}

func TestCheckAPIKey(t *testing.T) {
	t.Parallel()
	for key, good := range map[string]bool{testKey: true, "two words": true, "": false, "a\nb": false, " a": false, "a\t": false} {
		if err := CheckAPIKey(key); (err == nil) != good {
			t.Errorf("%q: %v", key, err)
		}
	}
}

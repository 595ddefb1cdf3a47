package prosa

import (
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

func seed(f *testing.F, values ...string) {
	for _, value := range values {
		f.Add(value)
	}
}

func FuzzParseTime(f *testing.F) {
	seed(f, "2023-01-17T14:26:22Z", "2023-01-17T14:26:27.329321", "2023-01-17 21:26:22.25+07:00",
		"0000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", "")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := ParseTime(text, time.UTC)
		if err != nil {
			return
		}
		again, err := ParseTime(parsed.String(), time.UTC)
		if err != nil || !again.Equal(parsed.Time) {
			t.Errorf("%q is parsed as %s, which is parsed as %s (%v)", text, parsed, again, err)
		}
		if _, err := time.Parse(time.RFC3339Nano, parsed.String()); err != nil {
			t.Error(err)
		}
	})
}

func FuzzNormalizeURL(f *testing.F) {
	seed(f, "https://Example.com:443", "https://[2001:DB8::1%25eth0]:8443/a%2Fb?x#y", "https://München.Example", "https://a@b:80/",
		"//x", "https://%41/", "http://[0::%25\xa5]", "//://0", "")
	f.Fuzz(func(t *testing.T, raw string) {
		once := NormalizeURL(raw)
		if again := NormalizeURL(once); again != once {
			t.Errorf("%q becomes %q, which becomes %q", raw, once, again)
		}
		// net/url writes the zone of an IPv6 address in a form that it cannot parse. No public host has a zone.
		if parsed, err := ParseEndpointURL(raw); err == nil && !strings.Contains(parsed.Host, "%") {
			if _, err := ParseEndpointURL(once); err != nil {
				t.Errorf("%q becomes %q: %v", raw, once, err)
			}
		}
	})
}

func FuzzParseBaseURL(f *testing.F) {
	seed(f, DefaultBaseURL, DefaultBaseURL+"//", "http://localhost:80/a%2Fb/", "http://[::1]", "https://u:p@h/",
		"https://h/webhooks", "https://webhooks", "https://h/../x/./y", "https://h/%2F", "https://h/%2e%2e/x", "")
	f.Fuzz(func(t *testing.T, raw string) {
		base, err := ParseBaseURL(raw)
		if err != nil {
			return
		}
		if base.User != nil || base.RawQuery != "" || base.Fragment != "" || base.Hostname() == "" ||
			base.Scheme != "https" && !isLoopback(base.Hostname()) {
			t.Errorf("%q is accepted as %s", raw, base)
		}
		text := base.String()
		if strings.HasSuffix(text, "/") || strings.HasSuffix(base.Path, "/webhooks") {
			t.Errorf("%q is accepted as %s", raw, text)
		}
		again, err := ParseBaseURL(text)
		if err != nil || again.String() != text {
			t.Errorf("%q is parsed as %q, which is parsed as %v (%v)", raw, text, again, err)
		}
		if _, err := http.NewRequest(http.MethodGet, text+"/webhooks/endpoints", nil); err != nil {
			t.Errorf("no request for %q: %v", raw, err)
		}
	})
}

func FuzzReadErrorBody(f *testing.F) {
	seed(f, `{"status":"forbidden","message":"no"}`, `{"status":"x","context":[{"location":["body",1],"message":"`+testKey+`","status":"x"}]}`,
		"<html>"+testKey+"</html>", `{"status":null}`, `{"detail":"Not Found"}`, `{"status":"`+testKey+`"}`, "", "\xff\n\n\x00x",
		`"key":"`+testKey)
	f.Fuzz(func(t *testing.T, body string) {
		var hide redactor
		hide.hide(testKey)
		e := &Error{Operation: "try", StatusCode: 400}
		e.readBody([]byte(body), &hide)
		text := allTexts(e)
		if strings.Contains(text, testKey) {
			t.Errorf("%q: %s", body, text)
		}
		if strings.ContainsFunc(e.Error(), unicode.IsControl) || !utf8.ValidString(e.Error()) {
			t.Errorf("%q: the error is not one printable line: %q", body, e.Error())
		}
		if utf8.RuneCountInString(e.Body) > maxLine+1 || utf8.RuneCountInString(e.Message) > maxMessage+1 || e.Body != "" && e.Status != "" {
			t.Errorf("%q: %+v", body, e)
		}
	})
}

func FuzzDecodeEndpoint(f *testing.F) {
	seed(f, detailJSON, rotatedJSON, listJSON, `{"id":"`+idA+`","url":"u","ssl_verification":null}`, "null", "[]", "{}", "",
		detailJSON+"x", strings.Repeat("[", 20000))
	f.Fuzz(func(t *testing.T, body string) {
		e, err := clientFor(t, 200, body).GetEndpoint(t.Context(), idA)
		if err != nil {
			if failure := As(err); failure == nil || failure.StatusCode != 200 || !utf8.ValidString(err.Error()) {
				t.Errorf("%q: %v", body, err)
			}
			return
		}
		if e.ID != idA || !isComplete(e) {
			t.Errorf("%q is accepted as %+v", body, e)
		}
	})
}

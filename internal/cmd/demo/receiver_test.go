package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	const (
		key  = "a35837907f71e9eaf52848b54ca11135187e9e30e23f2ac001eabbc3321e9bdd"
		body = `{"message":"ping"}`
		// Of key + "." + body, made with sha256sum.
		digest = "439f7d017b98d4c96e7faa525865bf4628921c997069a0f3b9d478545eb8c9d1"
	)
	at := time.Unix(1_700_000_000, 0)
	tests := map[string]struct {
		header string
		body   string
		keys   []string
		after  time.Duration
		want   string // in the error; empty: it is right
	}{
		"right":                      {"t=1700000000,v1=" + digest, body, []string{key}, 0, ""},
		"one key of two":             {"t=1700000000,v1=" + digest, body, []string{"another", key}, 0, ""},
		"one signature of two":       {"t=1700000000,v1=00,v1=" + digest, body, []string{key}, 0, ""},
		"with spaces":                {"t=1700000000, v1=" + digest, body, []string{key}, 0, ""},
		"just in time":               {"t=1700000000,v1=" + digest, body, []string{key}, tolerance, ""},
		"too old":                    {"t=1700000000,v1=" + digest, body, []string{key}, tolerance + time.Second, "signed 5m1s away"},
		"from the future":            {"t=1700000000,v1=" + digest, body, []string{key}, -tolerance - time.Second, "signed 5m1s away"},
		"another key":                {"t=1700000000,v1=" + digest, body, []string{"another"}, 0, "none of 1 keys"},
		"no keys":                    {"t=1700000000,v1=" + digest, body, nil, 0, "none of 0 keys"},
		"another body":               {"t=1700000000,v1=" + digest, body + " ", []string{key}, 0, "none of 1 keys"},
		"no header":                  {"", body, []string{key}, 0, "no signature"},
		"no time":                    {"v1=" + digest, body, []string{key}, 0, "no signature"},
		"no v1":                      {"t=1700000000", body, []string{key}, 0, "no signature"},
		"a time that is no number":   {"t=now,v1=" + digest, body, []string{key}, 0, "no number"},
		"a version that nobody uses": {"t=1700000000,v0=" + digest, body, []string{key}, 0, "no signature"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := verify(test.header, []byte(test.body), test.keys, at.Add(test.after))
			switch {
			case test.want == "" && err != nil:
				t.Errorf("it should be right: %v", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("the error should say %q: %v", test.want, err)
			}
		})
	}
}

func TestReceiverTakesWhatItsKeysSigned(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_700_000_000, 0)
	r := &receiver{now: func() time.Time { return at }}
	send := func(key string) int {
		request := httptest.NewRequest(http.MethodPost, "/prosa-webhook", strings.NewReader("{}"))
		request.Header.Set("x-prosa-event", "webhook.ping")
		request.Header.Set("x-prosa-signature", sandbox.Sign([]string{key}, at, []byte("{}")))
		recorder := httptest.NewRecorder()
		r.ServeHTTP(recorder, request)
		return recorder.Code
	}
	if got := send("old"); got != http.StatusUnauthorized {
		t.Errorf("without keys it answered %d", got)
	}
	r.learn([]string{"new", "old"})
	for key, want := range map[string]int{"old": http.StatusNoContent, "new": http.StatusNoContent, "another": http.StatusUnauthorized} {
		if got := send(key); got != want {
			t.Errorf("what %q signed was answered %d, not %d", key, got, want)
		}
	}
	if got := r.received(); len(got) != 4 || got[0].eventType != "webhook.ping" || got[0].status != http.StatusUnauthorized {
		t.Errorf("it remembers %+v", got)
	}
}

package sandbox

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func FuzzCreate(f *testing.F) {
	for _, body := range []string{
		`{"url":"https://example.com"}`, `{"url":"HTTP://A@B:80?x#y","event_filters":["a"],"ssl_verification":false,"secret_key":"k"}`,
		`{"url":"https://[::1]:443"}`, `{"url":null}`, `{"\u0075rl":"https://a"}`, `[]`, `{`, "\xff", `{"url":1e400}`, `{"secret_key":{}}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s := &Server{}
		r := httptest.NewRequest(http.MethodPost, DefaultBasePath+"/webhooks/endpoints", strings.NewReader(body))
		r.Header.Set("X-Api-Key", "k")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		endpoints := s.Endpoints()
		want := http.StatusUnprocessableEntity
		if len(endpoints) == 1 {
			want = http.StatusOK
		}
		if !json.Valid(w.Body.Bytes()) || w.Code != want {
			t.Fatalf("%d %s, endpoints: %v", w.Code, w.Body, endpoints)
		}
		for _, e := range endpoints {
			if again := normalURL(e.URL); again != e.URL || urlProblem(e.URL) != "" {
				t.Errorf("the URL %q is normalized to %q; its problem: %q", e.URL, again, urlProblem(e.URL))
			}
		}
	})
}

package sandbox

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// request sends arbitrary input to a sandbox with one endpoint. The answer must be JSON, and either a success or one of
// the documented errors.
func request(t *testing.T, method, path, query, body string) (int, *Server, Endpoint) {
	t.Helper()
	s := &Server{}
	before := s.AddEndpoint(Endpoint{ID: "497f6eca-6276-4993-bfeb-53cbbbba6f08", URL: "https://example.com/"})
	r := httptest.NewRequest(method, DefaultBasePath+path, strings.NewReader(body))
	r.URL.RawQuery = query
	r.Header.Set("X-Api-Key", "k")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if !json.Valid(w.Body.Bytes()) {
		t.Errorf("no JSON: %s", w.Body)
	}
	if w.Code != http.StatusOK && w.Code != http.StatusUnprocessableEntity {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	return w.Code, s, before
}

func FuzzQuery(f *testing.F) {
	for _, query := range []string{"", "from_date=2023-01-17", "from_date=2023-01-18&to_date=2023-01-17", "from_date=0000-00-00", "a=%zz", "a;b", "%00=%ff", "to_date"} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		if status, _, _ := request(t, http.MethodGet, "/webhooks/events", query, ""); status == http.StatusOK {
			for part := range strings.SplitSeq(query, "&") {
				if name, _, _ := strings.Cut(part, "="); part != "" && !strings.Contains(name, "%") && name != "from_date" && name != "to_date" {
					t.Errorf("%q was accepted", query)
				}
			}
		}
	})
}

func FuzzCreate(f *testing.F) {
	for _, body := range []string{
		`{"url":"https://example.com"}`, `{"url":"HTTP://A@B:80?x#y","event_filters":["a"],"ssl_verification":false,"secret_key":"k"}`,
		`{"url":"https://[::1]:443"}`, `{"url":null}`, `{"\u0075rl":"https://a"}`, `[]`, `{`, "\xff", `{"url":1e400}`, `{"secret_key":{}}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		status, s, _ := request(t, http.MethodPost, "/webhooks/endpoints", "", body)
		if created := len(s.Endpoints()) == 2; created != (status == http.StatusOK) {
			t.Fatalf("status %d, created: %t", status, created)
		}
		if status != http.StatusOK {
			return
		}
		e := s.Endpoints()[1]
		if again := normalURL(e.URL); again != e.URL || urlProblem(e.URL) != "" {
			t.Errorf("the normal form %q of a URL is no normal form: %q %s", e.URL, again, urlProblem(e.URL))
		}
	})
}

func FuzzRotation(f *testing.F) {
	for _, body := range []string{
		`{"rotation_period":{"days":3,"hours":0}}`, `{"rotation_period":{"days":-0,"hours":2562047}}`, `{"rotation_period":{"days":1e2}}`, `{"rotation_period":{"days":53375}}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		const id = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
		status, s, before := request(t, http.MethodPost, "/webhooks/endpoints/"+id+"/secret", "", body)
		e, _ := s.Endpoint(id)
		newest := e.Secrets[len(e.Secrets)-1]
		if rotated := newest.ID != before.Secrets[0].ID; rotated != (status == http.StatusOK) || newest.ExpiredAt != nil {
			t.Errorf("status %d, secrets %v", status, e.Secrets)
		}
		for _, old := range e.Secrets[:len(e.Secrets)-1] {
			if old.ExpiredAt == nil {
				t.Errorf("an old key has no end: %v", e.Secrets)
			}
		}
	})
}

func FuzzVerifySignature(f *testing.F) {
	f.Add("t=1,v1=abc", "k", "{}")
	f.Add("t=,v1=,=", "", "")
	f.Fuzz(func(t *testing.T, header, key, body string) {
		if VerifySignature(header, []byte(body), []string{key}) && !strings.Contains(header, digest(key, []byte(body))) {
			t.Errorf("%q is taken for a signature", header)
		}
		if !VerifySignature(Sign([]string{key}, time.Unix(0, 0), []byte(body)), []byte(body), []string{"another", key}) {
			t.Error("a signature is not taken for one")
		}
	})
}

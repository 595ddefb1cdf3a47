package prosa

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// account is what the API keeps for one key, as far as creates and rotations are concerned. Its answers go through
// the fault of a POST, if there is one for it.
type account struct {
	mu        sync.Mutex
	made      int
	endpoints []stored
	fault     func(nthPost int, url string) fault // nil, or nil for one POST: none
	posts     int
}

// stored is an endpoint as the account keeps it.
type stored struct {
	ID      string         `json:"id"`
	URL     string         `json:"url"`
	Filters []string       `json:"event_filters"`
	SSL     bool           `json:"ssl_verification"`
	Secrets []storedSecret `json:"secrets,omitempty"`
}

type storedSecret struct {
	ID        string  `json:"id"`
	Key       string  `json:"key"`
	ExpiredAt *string `json:"expired_at,omitempty"`
}

// fault spoils the answer to a POST; work carries it out and gives the answer there would be.
type fault func(w http.ResponseWriter, r *http.Request, work func() string)

func (a *account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.Split(strings.TrimPrefix(r.URL.Path, "/v2/speech/webhooks/endpoints"), "/")
	if r.Method != http.MethodPost {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.read(w, r, path)
		return
	}
	body, _ := io.ReadAll(r.Body)
	var asked struct{ URL string }
	_ = json.Unmarshal(body, &asked)
	work := func() string {
		a.mu.Lock()
		defer a.mu.Unlock()
		if len(path) > 2 {
			return a.rotate(path[1], body)
		}
		return a.create(body)
	}
	a.mu.Lock()
	a.posts++
	var spoil fault
	if a.fault != nil {
		spoil = a.fault(a.posts, asked.URL)
	}
	a.mu.Unlock()
	if spoil == nil {
		_, _ = io.WriteString(w, work())
		return
	}
	spoil(w, r, work)
}

func (a *account) read(w http.ResponseWriter, r *http.Request, path []string) {
	if len(path) == 1 {
		listed := []stored{}
		for _, e := range a.endpoints {
			e.Secrets = nil
			listed = append(listed, e)
		}
		_ = json.NewEncoder(w).Encode(listed)
		return
	}
	i := slices.IndexFunc(a.endpoints, func(e stored) bool { return e.ID == path[1] })
	switch {
	case i < 0:
		reply(404, `{"status":"webhook_endpoint_not_found","message":"no such endpoint"}`)(w, r)
	case r.Method == http.MethodDelete:
		a.endpoints = slices.Delete(a.endpoints, i, i+1)
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPut:
		_ = json.NewDecoder(r.Body).Decode(&a.endpoints[i])
		_, _ = io.WriteString(w, asText(a.endpoints[i]))
	default:
		_, _ = io.WriteString(w, asText(a.endpoints[i]))
	}
}

func (a *account) create(body []byte) string {
	var asked struct {
		stored
		SecretKey string `json:"secret_key"`
	}
	_ = json.Unmarshal(body, &asked)
	a.made++
	e := asked.stored
	e.ID = fmt.Sprintf("00000000-0000-4000-8000-%012d", a.made)
	key := asked.SecretKey
	if key == "" {
		key = fmt.Sprintf("key-of-endpoint-%d", a.made)
	}
	e.Secrets = []storedSecret{{ID: a.secretID(), Key: key}}
	a.endpoints = append(a.endpoints, e)
	return asText(e)
}

func (a *account) rotate(id string, body []byte) string {
	i := slices.IndexFunc(a.endpoints, func(e stored) bool { return e.ID == id })
	end := "2100-01-01T00:00:00Z"
	for n := range a.endpoints[i].Secrets {
		a.endpoints[i].Secrets[n].ExpiredAt = &end
	}
	secretID := a.secretID()
	a.endpoints[i].Secrets = append(a.endpoints[i].Secrets, storedSecret{ID: secretID, Key: "key-" + secretID})
	return asText(a.endpoints[i])
}

// secretID gives version 7 ids in order of time.
func (a *account) secretID() string {
	a.made++
	return fmt.Sprintf("01900000-0000-7000-8000-%012d", a.made)
}

func asText(e stored) string {
	text, _ := json.Marshal(e)
	return string(text)
}

// add puts an endpoint there that no client of the test has made.
func (a *account) add(p EndpointParams, key string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	body, _ := json.Marshal(struct {
		wireEndpointParams
		SecretKey string `json:"secret_key"`
	}{p.wire(), key})
	var e stored
	_ = json.Unmarshal([]byte(a.create(body)), &e)
	return e.ID
}

func (a *account) ids() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var ids []string
	for _, e := range a.endpoints {
		ids = append(ids, e.ID)
	}
	return ids
}

func (a *account) keysOf(id string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var ids []string
	for _, e := range a.endpoints {
		if e.ID == id {
			for _, s := range e.Secrets {
				ids = append(ids, s.ID)
			}
		}
	}
	return ids
}

func last(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ids[len(ids)-1]
}

// first spoils the first POST only.
func first(f fault) func(int, string) fault {
	return func(n int, _ string) fault {
		if n == 1 {
			return f
		}
		return nil
	}
}

// Faults: what becomes of the answer, and whether the work was done.

func closing(done bool) fault {
	return func(w http.ResponseWriter, r *http.Request, work func() string) {
		if done {
			work()
		}
		hangUp(w, r)
	}
}

func failing(code int, done bool) fault {
	return func(w http.ResponseWriter, r *http.Request, work func() string) {
		if done {
			work()
		}
		reply(code, "<html>gateway</html>")(w, r)
	}
}

func truncating(done bool) fault {
	return func(w http.ResponseWriter, r *http.Request, work func() string) {
		body := detailJSON
		if done {
			body = work()
		}
		cutOff(body, len(body)-20)(w, r)
	}
}

func garbling(done bool) fault {
	return func(w http.ResponseWriter, r *http.Request, work func() string) {
		if done {
			work()
		}
		reply(200, "<html>welcome</html>")(w, r)
	}
}

// stalling never answers; the work is done after a while, whether or not the client is still there. Negative: never.
func stalling(after time.Duration) fault {
	return func(_ http.ResponseWriter, r *http.Request, work func() string) {
		if after >= 0 {
			time.Sleep(after)
			work()
		}
		<-r.Context().Done()
	}
}

// throttling answers 429 and does nothing.
func throttling(w http.ResponseWriter, r *http.Request, _ func() string) {
	reply(429, "", "Retry-After", "1")(w, r)
}

func undecided(t *testing.T, err error) *Error {
	t.Helper()
	failure := asError(t, err)
	if !failure.Undecided {
		t.Errorf("it is not said to be undecided: %v", err)
	}
	return failure
}

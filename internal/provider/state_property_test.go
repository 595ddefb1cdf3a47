package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

const generatedAnswers = 150

// spoiler spoils the answers to one method on their way, each in another way, but in every run in the same ways.
type spoiler struct {
	base   http.RoundTripper
	method string
	random *rand.Rand
	last   []byte // the answer that was given last
	status int
}

// spoiling puts a spoiler in front of the API. It does nothing until it has a method.
func spoiling(e *acctest.Env, seed uint64) *spoiler {
	transport := &http.Transport{}
	e.T.Cleanup(transport.CloseIdleConnections)
	s := &spoiler{base: transport, random: rand.New(rand.NewPCG(seed, 0))}
	e.Client = append(e.Client, func(c *prosa.Config) { c.Transport = s })
	e.Vars["PROSA_MAX_RETRIES"] = "0"
	return s
}

func (s *spoiler) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := s.base.RoundTrip(r)
	if err != nil || r.Method != s.method || r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/endpoints") {
		return response, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	_ = response.Body.Close()
	s.last, s.status = s.spoil(body), response.StatusCode
	if s.random.IntN(8) == 0 {
		s.status = []int{201, 301, 400, 401, 404, 409, 500, 502}[s.random.IntN(8)]
	}
	response.StatusCode, response.ContentLength = s.status, -1
	response.Body = io.NopCloser(bytes.NewReader(s.last))
	return response, nil
}

// spoil changes up to three places of a JSON text, or the text itself.
func (s *spoiler) spoil(body []byte) []byte {
	switch s.random.IntN(12) {
	case 0:
		return body[:s.random.IntN(len(body)+1)]
	case 1:
		body = bytes.Clone(body)
		body[s.random.IntN(len(body))] = byte(s.random.IntN(256))
		return body
	case 2:
		return append(bytes.Clone(body), " \n\t{[,x0"[s.random.IntN(8)])
	}
	var value any
	if json.Unmarshal(body, &value) != nil {
		return body
	}
	for range s.random.IntN(4) {
		value = s.change(value)
	}
	changed, _ := json.Marshal(value)
	return changed
}

// change goes down to some place in a value and puts something else there.
func (s *spoiler) change(value any) any {
	switch container := value.(type) {
	case map[string]any:
		if len(container) > 0 && s.random.IntN(8) > 0 {
			names := []string{}
			for name := range container {
				names = append(names, name)
			}
			slices.Sort(names)
			name := names[s.random.IntN(len(names))]
			switch s.random.IntN(6) {
			case 0:
				delete(container, name)
			case 1:
				container["x-"+name] = s.anything()
			default:
				container[name] = s.change(container[name])
			}
			return container
		}
	case []any:
		if len(container) > 0 && s.random.IntN(4) > 0 {
			i := s.random.IntN(len(container))
			container[i] = s.change(container[i])
			return container
		}
		return append(container, s.anything())
	}
	return s.anything()
}

func (s *spoiler) anything() any {
	all := []any{nil, true, false, 0, -1.5, 1e300, "", " ", "a", "stt.jobs.failed", "https://example.com/elsewhere", "2030-01-02T03:04:05Z",
		"2030-01-02T03:04:05.123456", "yesterday", []any{}, []any{nil}, []any{"a", "b", "a"}, map[string]any{}, map[string]any{"id": 1}, strings.Repeat("é", 300)}
	return all[s.random.IntN(len(all))]
}

// detail is what an answer says that is an endpoint in the form that the API promises.
type detail struct {
	url     string
	ssl     bool
	filters []any
	secrets []any // ids; nil when the answer does not tell
}

// readDetail judges an answer by the API's reference, apart from how the provider reads it.
func readDetail(answer []byte, id string) (d detail, ok bool) {
	var object map[string]any
	if json.Unmarshal(answer, &object) != nil || object["id"] != id {
		return d, false
	}
	d.url, _ = object["url"].(string)
	if d.ssl, ok = object["ssl_verification"].(bool); !ok || strings.TrimSpace(d.url) == "" {
		return d, false
	}
	d.filters = []any{}
	if list, isList := object["event_filters"].([]any); isList {
		for _, element := range list {
			if _, ok := element.(string); !ok {
				return d, false
			}
			if !slices.Contains(d.filters, element) {
				d.filters = append(d.filters, element)
			}
		}
	} else if object["event_filters"] != nil {
		return d, false
	}
	list, isList := object["secrets"].([]any)
	if object["secrets"] != nil && !isList {
		return d, false
	}
	for _, element := range list {
		secret, _ := element.(map[string]any)
		key, _ := secret["key"].(string)
		secretID, _ := secret["id"].(string)
		if strings.TrimSpace(secretID) == "" || key == "" || !isTimeOrNone(secret["expired_at"]) {
			return d, false
		}
		d.secrets = append(d.secrets, secretID)
	}
	if isList && d.secrets == nil {
		d.secrets = []any{}
	}
	return d, true
}

func isTimeOrNone(value any) bool {
	text, isText := value.(string)
	_, err := time.Parse(time.RFC3339, text)
	_, errWithoutZone := time.Parse("2006-01-02T15:04:05", text)
	return value == nil || isText && (err == nil || errWithoutZone == nil)
}

// check compares an endpoint in the state with what the answer said.
func (d detail) check(got acctest.Object) error {
	filters, _ := got["event_filters"].([]any)
	missing := slices.DeleteFunc(slices.Clone(d.filters), func(f any) bool { return slices.Contains(filters, f) })
	if got["url"] != d.url || got["ssl_verification"] != d.ssl || len(filters) != len(d.filters) || len(missing) > 0 {
		return fmt.Errorf("the state has %v, the answer said %+v", got, d)
	}
	return nil
}

// TestGeneratedAnswersToReads spoils answers to reads: what is no endpoint changes nothing, and what is one is taken as
// it is.
func TestGeneratedAnswersToReads(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	s := spoiling(e, 1)
	p := e.Configured()
	state, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook, "store_secrets": true, "event_filters": []any{"a"}})
	problems.ExpectNone(t)
	id := e.OnlyEndpoint().ID
	rotated, problems := p.Apply(rotationType, nil, rotationObject(id, nil))
	problems.ExpectNone(t)
	s.method = http.MethodGet
	taken := 0
	for n := range generatedAnswers {
		e.Clock.Advance(time.Minute) // what is shared is too old
		read, problems := p.Read(endpointType, state)
		d, ok := readDetail(s.last, id)
		ok = ok && (s.status == 200 || s.status == 201)
		checkRead(t, n, s, ok, read, state, problems, d)
		again, problems := p.Read(rotationType, rotated) // shares a good answer, and asks again after another
		d, ok = readDetail(s.last, id)
		ok = ok && (s.status == 200 || s.status == 201)
		switch {
		case ok != (problems.Errors() == 0):
			t.Fatalf("%d: %d %s is an endpoint: %t; problems: %v", n, s.status, s.last, ok, problems)
		case !ok && !reflect.DeepEqual(again, rotated):
			t.Fatalf("%d: %s changed the rotation to %v", n, s.last, again)
		case ok && (again.Attributes["secret_id"] != rotated.Attributes["secret_id"] || again.Attributes["active"] != slices.Contains(d.secrets, rotated.Attributes["secret_id"])):
			t.Fatalf("%d: %s made the rotation %v", n, s.last, again.Attributes)
		}
		if ok {
			taken++
		}
	}
	if taken < generatedAnswers/20 || taken > generatedAnswers*19/20 {
		t.Errorf("%d of %d answers were taken: the generator says little", taken, generatedAnswers)
	}
}

func checkRead(t *testing.T, n int, s *spoiler, ok bool, read, state *acctest.State, problems acctest.Diagnostics, d detail) {
	t.Helper()
	if ok != (problems.Errors() == 0) {
		t.Fatalf("%d: %d %s is an endpoint: %t; problems: %v", n, s.status, s.last, ok, problems)
	}
	if !ok {
		if !reflect.DeepEqual(read, state) {
			t.Fatalf("%d: %s changed the state to %v", n, s.last, read)
		}
		return
	}
	if err := d.check(read.Attributes); err != nil {
		t.Fatalf("%d: %s: %v", n, s.last, err)
	}
	if list, isList := read.Attributes["secrets"].([]any); isList != (d.secrets != nil) || len(list) != len(d.secrets) {
		t.Fatalf("%d: %s: the state has the keys %v", n, s.last, list)
	}
}

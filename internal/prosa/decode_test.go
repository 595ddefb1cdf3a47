package prosa

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// TestAnswersThatAreNotWhatTheAPIPromises returns every operation bodies that it must refuse.
func TestAnswersThatAreNotWhatTheAPIPromises(t *testing.T) {
	t.Parallel()
	common := map[string]string{
		"page": "<html><body>Welcome</body></html>", "number": "12", "string": `"text"`, "true": "true",
		"trailing": "%s {}", "trailing garbage": "%s x", "twice": "%s%s", "cut": "%.30s", "comma": "%s,",
		"deep lists": strings.Repeat("[", 100_000), "deep objects": strings.Repeat(`{"id":`, 100_000), "deep closed": strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000),
		"NUL": "\x00", "byte order mark": "\ufeff%s", "list in list": "[[]]", "list of null": "[null]", "list of empty": "[{}]", "list of numbers": "[1]",
	}
	for _, o := range operations() {
		bodies := map[string]string{}
		for name, body := range common {
			bodies[name] = strings.ReplaceAll(strings.ReplaceAll(body, "%s", o.answer), "%.30s", o.answer[:30])
		}
		if o.list {
			bodies["an object"], bodies["null"], bodies["empty"] = "{}", "null", ""
			bodies["good and bad"] = o.answer[:len(o.answer)-1] + `,{"id":1}]`
		} else if o.name == "delete endpoint" {
			continue // any 2xx is a success
		} else {
			bodies["list"], bodies["no fields"], bodies["null"], bodies["empty"], bodies["blank"] = "[]", "{}", "null", "", " \r\n"
		}
		for name, body := range bodies {
			t.Run(o.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				c := o.connected(t, reply(200, body))
				failure := asError(t, o.run(t.Context(), c))
				equal(t, "code", failure.StatusCode, 200)
				equal(t, "may be done", failure.MayBeDone(), failure.Method != "GET")
				mustContain(t, failure.Error(), "the response (200) cannot be used: ")
				if len(failure.Error()) > 900 {
					t.Errorf("the error has %d characters", len(failure.Error()))
				}
			})
		}
	}
}

// connected makes a client without a network whose questions before o are answered well, and o itself with own; looks
// after a lost answer find what the questions did.
func (o apiOperation) connected(t *testing.T, own http.HandlerFunc, change ...func(*Config)) *Client {
	t.Helper()
	preamble := o.preamble()
	var mu sync.Mutex
	return connect(t, "https://api.test/v2/speech", append([]func(*Config){func(c *Config) {
		c.MaxRetries = 0
		c.Transport = transport(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			if len(preamble) > 0 && r.Method == "GET" {
				return always(200, preamble[0])(r)
			}
			return respond(own, r), nil
		})
	}}, change...)...)
}

func TestFieldsOfTheWrongType(t *testing.T) {
	t.Parallel()
	const wrong = `@`
	fields := map[string]string{
		"list endpoints":  `[{"id":@,"url":@,"event_filters":@,"ssl_verification":@}]`,
		"create endpoint": `{"id":@,"url":@,"event_filters":@,"ssl_verification":@,"secrets":@}`,
		"get endpoint":    `{"id":@,"url":@,"event_filters":@,"ssl_verification":@,"secrets":@}`,
		"list events":     `[{"id":@,"event_type":@,"created_at":@}]`,
		"get event":       `{"id":@,"event_type":@,"created_at":@}`,
		"list deliveries": `[{"delivery_id":@,"event_id":@,"endpoint_id":@,"delivery":@,"request_method":@,"request_headers":@,"response_status":@,"response_headers":@,"elapsed_time":@}]`,
		"replay delivery": `{"delivery_tag":@,"endpoint_id":@,"url":@}`,
	}
	good := map[string]string{
		"id": `"` + idA + `"`, "url": `"` + hookURL + `"`, "event_filters": `[]`, "ssl_verification": `true`, "secrets": `[]`, "event_type": `"x"`,
		"created_at": `"2026-01-02T03:04:05Z"`, "delivery_id": `"` + idA + `"`, "event_id": `"` + idA + `"`, "endpoint_id": `"` + idA + `"`,
		"delivery": `"2026-01-02T03:04:05Z"`, "request_method": `"POST"`, "request_headers": `{}`, "response_status": `200`, "response_headers": `{}`,
		"elapsed_time": `0.1`, "delivery_tag": `"` + idA + `"`,
	}
	bad := map[string][]string{
		"event_filters": {`"x"`, `{}`, `[1]`, `[null]`, `true`}, "ssl_verification": {`"true"`, `1`, `null`, `[]`}, "secrets": {`{}`, `"x"`, `[1]`, `[{}]`, `[{"id":"` + idA + `"}]`, `[{"id":"` + idA + `","key":""}]`, `[{"id":"` + idA + `","key":"k","expired_at":"soon"}]`, `[{"id":"` + idA + `","key":"k","expired_at":5}]`},
		"request_headers": {`[]`, `"x"`}, "response_headers": {`[]`}, "response_status": {`"200"`, `200.5`, `1e30`}, "elapsed_time": {`"1"`, `{}`, `1e999`},
		"url": {`1`, `""`, `null`, `[]`}, "event_type": {`1`, `""`, `null`}, "created_at": {`1`, `""`, `null`, `"yesterday"`, `{}`}, "delivery": {`1`, `""`, `null`, `"yesterday"`}, "request_method": {`1`, `[]`},
	}
	badID := []string{`1`, `""`, `null`, `[]`}
	for _, o := range operations() {
		template, ok := fields[o.name]
		if !ok {
			continue
		}
		names := []string{}
		for _, part := range strings.Split(template, ":@") {
			if at := strings.LastIndexByte(strings.TrimSuffix(part, `"`), '"'); at >= 0 && strings.HasSuffix(part, `"`) {
				names = append(names, part[at+1:len(part)-1])
			}
		}
		fill := func(wrongName, value string) string {
			body := template
			for _, name := range names {
				with := good[name]
				if name == wrongName {
					with = value
				}
				body = strings.Replace(body, `"`+name+`":`+wrong, `"`+name+`":`+with, 1)
			}
			if o.name == "get event" {
				body = strings.TrimSuffix(body, "}") + `,"data":{}}`
			}
			return body
		}
		if err := o.run(t.Context(), o.connected(t, reply(200, fill("", "")))); err != nil {
			t.Fatalf("%s: the good one is refused: %v", o.name, err)
		}
		for _, name := range names {
			values, known := bad[name]
			if !known {
				values = badID
			}
			for _, value := range values {
				if name == "ssl_verification" && value == "null" && o.list {
					continue // a listing may leave it out
				}
				body := fill(name, value)
				if err := o.run(t.Context(), o.connected(t, reply(200, body))); As(err) == nil {
					t.Errorf("%s took %s", o.name, body)
				}
			}
		}
	}
}

func TestAnswersAboutSomethingElseAreRefused(t *testing.T) {
	t.Parallel()
	other := strings.ReplaceAll(detailJSON, idA, idB)
	for _, o := range operations() {
		switch o.name {
		case "get endpoint", "update endpoint", "rotate secret":
			failure := asError(t, o.run(t.Context(), o.connected(t, reply(200, other))))
			mustContain(t, failure.Error(), idB, "not what was requested")
		case "get event":
			asError(t, o.run(t.Context(), o.connected(t, reply(200, strings.ReplaceAll(eventJSON, idA, idB)))))
		}
	}
}

func TestWhatAGoodClientBears(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"unknown fields":  strings.Replace(detailJSON, `{"id"`, `{"later":{"a":[1e400]},"Z":null,"id"`, 1),
		"filters missing": strings.Replace(detailJSON, `"event_filters":[],`, ``, 1),
		"filters null":    strings.Replace(detailJSON, `"event_filters":[]`, `"event_filters":null`, 1),
		"filters twice":   strings.Replace(detailJSON, `"event_filters":[]`, `"event_filters":[],"event_filters":[]`, 1),
		"expiry null":     strings.Replace(detailJSON, `"key"`, `"expired_at":null,"key"`, 1),
		"white space":     "\r\n\t " + detailJSON + " \r\n\t",
	} {
		e, err := answered(t, 200, body).GetEndpoint(t.Context(), idA)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		equal(t, name, e, contractEndpoint)
		if e.EventFilters == nil {
			t.Errorf("%s: no list of filters", name)
		}
	}
	for name, row := range map[string]struct {
		secrets string
		none    bool
	}{"missing": {``, true}, "null": {`"secrets":null,`, true}, "empty": {`"secrets":[],`, false}} {
		e, err := answered(t, 200, `{"id":"`+idA+`",`+row.secrets+`"url":"u","ssl_verification":false}`).GetEndpoint(t.Context(), idA)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, name, []any{e.Secrets == nil, len(e.Secrets), e.SSLVerification}, []any{row.none, 0, false})
	}
	listed, err := answered(t, 200, "["+detailJSON+"]").ListEndpoints(t.Context())
	if err != nil || len(listed) != 1 || listed[0].Secrets != nil {
		t.Errorf("a listing with keys in it: %+v, %v", listed, err)
	}
	for _, o := range operations() {
		if o.list && o.name != "create endpoint" {
			if err := o.run(t.Context(), answered(t, 200, " [ ] ")); err != nil {
				t.Errorf("%s: %v", o.name, err)
			}
		}
	}
}

// TestNoAnswerMakesAnOperationPanicOrLie feeds every operation spoilt answers, always the same ones.
func TestNoAnswerMakesAnOperationPanicOrLie(t *testing.T) {
	t.Parallel()
	const unseen = "unseen1key2unseen3key4unseen"
	for n, o := range operations() {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(1, uint64(n)))
			for range 300 {
				body := spoil(random, strings.ReplaceAll(o.answer, keyB, unseen))
				code := []int{200, 200, 200, 200, 201, 204, 302, 400, 404, 422, 500, 502, 503}[random.IntN(13)]
				if code >= 400 && random.IntN(2) == 0 {
					body = spoil(random, `{"status":"webhook_endpoint_not_found","message":"`+testKey+`","context":[{"location":["body",1],"message":"`+testKey+`","status":"x"}]}`)
				}
				var lines []string
				c := o.connected(t, reply(code, body), func(c *Config) { c.Log = collect(&lines) })
				err := o.run(t.Context(), c)
				if err != nil && As(err) == nil {
					t.Fatalf("%d %q: %v is no *Error", code, body, err)
				}
				if err == nil && code >= 300 && (o.name != "delete endpoint" || code != 404) {
					t.Fatalf("%d %q was taken for a success", code, body)
				}
				if err != nil {
					if text := deepText(err) + strings.Join(lines, ""); strings.Contains(text, testKey) || strings.Contains(text, unseen) || strings.Contains(text, keyA) {
						t.Fatalf("%d %q: a secret is shown: %s", code, body, text)
					}
				}
			}
		})
	}
}

func TestWhatASpoiltAnswerGivesIsValid(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(2, 2))
	taken := 0
	for range 500 {
		body := spoil(random, detailJSON)
		e, err := answered(t, 200, body).GetEndpoint(t.Context(), idA)
		if err != nil {
			continue
		}
		taken++
		if e.ID != idA || e.URL == "" || e.EventFilters == nil {
			t.Fatalf("%q: %+v", body, e)
		}
		for _, s := range e.Secrets {
			if s.ID == "" || s.Key == "" {
				t.Fatalf("%q: %+v", body, s)
			}
		}
	}
	if taken == 0 {
		t.Error("not one answer was taken: the spoiling is too thorough")
	}
}

// spoil changes a JSON text here and there.
func spoil(random *rand.Rand, body string) string {
	pieces := []string{"null", "[]", "{}", `""`, "1e400", "-1", "true", `"x"`, ",", ":", "{", "}", "[", "]", `"`, `\`, "\x00", "\xff", "\u2028", `\ud800`, strings.Repeat("[", 12000), "9007199254740993"}
	for range 1 + random.IntN(3) {
		if body == "" {
			break
		}
		at := random.IntN(len(body))
		to := min(len(body), at+random.IntN(20))
		piece := pieces[random.IntN(len(pieces))]
		switch random.IntN(6) {
		case 0: // cut off
			body = body[:at]
		case 1: // leave out
			body = body[:at] + body[to:]
		case 2: // put in
			body = body[:at] + piece + body[at:]
		case 3: // another byte
			body = body[:at] + string(rune(random.IntN(256))) + body[at+1:]
		case 4: // another value
			if colon := strings.IndexByte(body[at:], ':'); colon >= 0 {
				rest := body[at+colon+1:]
				if end := strings.IndexAny(rest, ",}]"); end >= 0 {
					body = body[:at+colon+1] + piece + rest[end:]
				}
			}
		default: // the same again
			body = body[:to] + body[at:]
		}
	}
	return body
}

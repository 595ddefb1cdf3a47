package prosa

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// withoutRetries returns a client whose server responds to o with a body, and to the GET before it with the baseline.
func (o apiOperation) withoutRetries(t *testing.T, status int, body string, change ...func(*Config)) *Client {
	t.Helper()
	c, _ := newClient(t, o.handler(reply(status, body)), append(change, func(c *Config) { c.MaxRetries = 0 })...)
	return c
}

func TestMalformedResponses(t *testing.T) {
	t.Parallel()
	malformed := map[string]string{
		"HTML": "<html><body>Welcome</body></html>", "number": "12", "string": `"text"`, "true": "true", "null": "null", "empty": "",
		"trailing value": "%s {}", "trailing garbage": "%s x", "two values": "%s%s", "trailing comma": "%s,",
		"deep lists": strings.Repeat("[", 100_000), "deep objects": strings.Repeat(`{"id":`, 100_000),
		"deep, closed": strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000), "NUL": "\x00", "byte order mark": "\ufeff%s",
		"list of lists": "[[]]", "list of null": "[null]", "list of empty objects": "[{}]", "list of numbers": "[1]",
	}
	for _, o := range operations(t) {
		if o.name == "delete endpoint" {
			continue // it succeeds with any 2xx
		}
		bodies := maps.Clone(malformed)
		bodies["cut off"] = o.response[:30]
		if o.isList() {
			bodies["object"], bodies["last element malformed"] = "{}", o.response[:len(o.response)-1]+`,{"id":1}]`
		} else {
			bodies["list"], bodies["no fields"], bodies["white space"] = "[]", "{}", " \r\n"
		}
		for name, body := range bodies {
			runInBubble(t, o.name+"/"+name, func(t *testing.T) {
				_, err := o.call(t.Context(), o.withoutRetries(t, 200, strings.ReplaceAll(body, "%s", o.response)))
				failure := asError(t, err)
				equal(t, "status", failure.StatusCode, 200)
				equal(t, "may be done", failure.MayBeDone(), failure.Method != "GET")
				mustContain(t, failure.Error(), "the response (200) cannot be used: ")
				if len(failure.Error()) > 900 {
					t.Errorf("the error has %d characters, want at most 900", len(failure.Error()))
				}
			})
		}
	}
}

func TestFieldsOfTheWrongType(t *testing.T) {
	t.Parallel()
	notAnID := []string{`1`, `""`, `null`, `[]`}
	notATime := []string{`1`, `""`, `null`, `"yesterday"`, `{}`}
	secret := func(fields string) string { return `[{"id":"` + idA + `"` + fields + `}]` }
	wrong := map[string][]string{
		"id": notAnID, "url": notAnID, "delivery_id": notAnID, "event_id": notAnID, "endpoint_id": notAnID, "delivery_tag": notAnID,
		"event_type": notAnID, "created_at": notATime, "delivery": notATime,
		"event_filters": {`"x"`, `{}`, `[1]`, `[null]`, `true`}, "ssl_verification": {`"true"`, `1`, `[]`},
		"secrets": {
			`{}`, `"x"`, `[1]`, `[{}]`, secret(""), secret(`,"key":""`),
			secret(`,"key":"k","expired_at":"soon"`), secret(`,"key":"k","expired_at":5`),
		},
		"request_method": {`1`, `[]`}, "request_headers": {`[]`, `"x"`}, "response_headers": {`[]`},
		"response_status": {`"200"`, `200.5`, `1e30`}, "response_body": {`1`, `{}`, `["x"]`, `true`}, "elapsed_time": {`"1"`, `{}`, `1e999`},
	}
	for _, o := range operations(t) {
		if o.name == "delete endpoint" {
			continue // it succeeds with any 2xx
		}
		runInBubble(t, o.name, func(t *testing.T) {
			var fields map[string]json.RawMessage
			if err := json.Unmarshal([]byte(strings.Trim(o.response, "[]")), &fields); err != nil {
				t.Fatal(err)
			}
			for name, original := range fields {
				values := wrong[name]
				if name == "ssl_verification" && !o.isList() { // a listing may leave it out
					values = append(slices.Clone(values), "null")
				}
				for _, value := range values {
					fields[name] = json.RawMessage(value)
					body, err := json.Marshal(fields)
					if err != nil {
						t.Fatal(err)
					}
					if o.isList() {
						body = slices.Concat([]byte("["), body, []byte("]"))
					}
					if _, err := o.call(t.Context(), o.withoutRetries(t, 200, string(body))); As(err) == nil {
						t.Errorf("%s accepts %q as %s", o.name, name, value)
					}
				}
				fields[name] = original
			}
		})
	}
}

func TestResponseAboutAnotherObjectIsRefused(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		for _, o := range operations(t) {
			switch o.name {
			case "get endpoint", "update endpoint", "rotate secret", "get event":
				_, err := o.call(t.Context(), o.withoutRetries(t, 200, strings.ReplaceAll(o.response, idA, idB)))
				mustContain(t, asError(t, err).Error(), idB, "not what was requested")
			}
		}
	})
}

func TestUnusualEndpointsAreAccepted(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"unknown fields":   strings.Replace(detailJSON, `{"id"`, `{"later":{"a":[1e400]},"Z":null,"id"`, 1),
		"filters missing":  strings.Replace(detailJSON, `"event_filters":[],`, ``, 1),
		"filters null":     strings.Replace(detailJSON, `"event_filters":[]`, `"event_filters":null`, 1),
		"filters repeated": strings.Replace(detailJSON, `"event_filters":[]`, `"event_filters":[],"event_filters":[]`, 1),
		"expiry null":      strings.Replace(detailJSON, `"key"`, `"expired_at":null,"key"`, 1),
		"white space":      "\r\n\t " + detailJSON + " \r\n\t",
	} {
		e, err := clientFor(t, 200, body).GetEndpoint(t.Context(), idA)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		equal(t, name, e, contractEndpoint)
		equal(t, name+": filters are nil", e.EventFilters == nil, false)
	}
	for secrets, isNil := range map[string]bool{``: true, `"secrets":null,`: true, `"secrets":[],`: false} {
		e, err := clientFor(t, 200, `{"id":"`+idA+`",`+secrets+`"url":"u","ssl_verification":false}`).GetEndpoint(t.Context(), idA)
		equal(t, secrets, []any{e.Secrets == nil, len(e.Secrets), e.SSLVerification, err}, []any{isNil, 0, false, nil})
	}
	listed, err := clientFor(t, 200, "["+detailJSON+"]").ListEndpoints(t.Context())
	equal(t, "listing with secrets: secrets, error", []any{len(listed[0].Secrets), err}, []any{0, nil})
	for _, o := range operations(t) {
		if o.isList() {
			if _, err := o.call(t.Context(), clientFor(t, 200, " [ ] ")); err != nil {
				t.Errorf("%s: empty list: %v", o.name, err)
			}
		}
	}
}

// TestRandomlyCorruptedResponses uses the same corruptions in each run.
func TestRandomlyCorruptedResponses(t *testing.T) {
	t.Parallel()
	const unknownKey = "unseen1key2unseen3key4unseen"
	const apiError = `{"status":"webhook_endpoint_not_found","message":"` + testKey +
		`","context":[{"location":["body",1],"message":"` + testKey + `","status":"x"}]}`
	for n, o := range operations(t) {
		runInBubble(t, o.name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, uint64(n)))
			accepted := 0
			for range 300 {
				body := corrupt(random, strings.ReplaceAll(o.response, keyA, unknownKey))
				code := []int{200, 200, 200, 200, 201, 204, 302, 400, 404, 422, 500, 502, 503}[random.IntN(13)]
				if code >= 400 && random.IntN(2) == 0 {
					body = corrupt(random, apiError)
				}
				var lines []string
				result, err := o.call(t.Context(), o.withoutRetries(t, code, body, logTo(&lines)))
				if err == nil {
					accepted++
					if code >= 300 {
						t.Fatalf("%d %q is accepted", code, body)
					}
					if e, ok := result.(Endpoint); ok && !isComplete(e) {
						t.Fatalf("%q is accepted as %+v", body, e)
					}
					continue
				}
				mustNotContain(t, allTexts(asError(t, err))+strings.Join(lines, ""), testKey, unknownKey)
			}
			if accepted == 0 {
				t.Error("no response is accepted, so corrupt changes too much")
			}
		})
	}
}

// isComplete reports whether e has all the fields that a response must have.
func isComplete(e Endpoint) bool {
	invalid := func(s Secret) bool {
		return s.ID == "" || s.Key == "" || s.ExpiredAt != nil && s.ExpiredAt.Location() != time.UTC
	}
	return e.ID != "" && e.URL != "" && e.EventFilters != nil && !slices.ContainsFunc(e.Secrets, invalid)
}

// corrupt changes a JSON text at one to three places.
func corrupt(random *rand.Rand, body string) string {
	pieces := []string{
		"null", "[]", "{}", `""`, "1e400", "-1", "true", `"x"`, ",", ":", "{", "}", "[", "]", `"`, `\`,
		"\x00", "\xff", "\u2028", `\ud800`, strings.Repeat("[", 12000), "9007199254740993",
	}
	for range 1 + random.IntN(3) {
		if body == "" {
			break
		}
		at := random.IntN(len(body))
		end := min(len(body), at+random.IntN(20))
		piece := pieces[random.IntN(len(pieces))]
		switch random.IntN(6) {
		case 0: // cut off
			body = body[:at]
		case 1: // remove
			body = body[:at] + body[end:]
		case 2: // insert
			body = body[:at] + piece + body[at:]
		case 3: // replace a byte
			body = body[:at] + string(rune(random.IntN(256))) + body[at+1:]
		case 4: // replace a value
			if colon := strings.IndexByte(body[at:], ':'); colon >= 0 {
				rest := body[at+colon+1:]
				if end := strings.IndexAny(rest, ",}]"); end >= 0 {
					body = body[:at+colon+1] + piece + rest[end:]
				}
			}
		default: // repeat
			body = body[:end] + body[at:]
		}
	}
	return body
}

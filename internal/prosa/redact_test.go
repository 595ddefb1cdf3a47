package prosa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"
)

// logTo is a Config.Log that appends messages and fields to lines.
func logTo(lines *[]string) func(*Config) {
	var mu sync.Mutex
	return func(c *Config) {
		c.Log = func(_ context.Context, message string, fields map[string]any) {
			mu.Lock()
			defer mu.Unlock()
			*lines = append(*lines, fmt.Sprintf("%s %v", message, fields))
		}
	}
}

// allTexts returns every text of an error.
func allTexts(e *Error) string {
	text := fmt.Sprintf("%s %s %s %s %s %s %v", e.Error(), e.Reason(), e.URL, e.Status, e.Body, e.Location, e.Fields)
	var hidden *hiddenError
	if errors.As(e, &hidden) {
		text += hidden.text
	}
	return text
}

func asJSON(s string) string {
	encoded, _ := json.Marshal(s)
	return string(encoded)
}

// specialCharacters is a secret that looks different in every encoding.
const specialCharacters = `p&s<w>"o'r\d/ +%ü=`

// encodings returns a text in each encoding in which a response can contain it. It shares no code with spellingsOf.
func encodings(text string) map[string]string {
	inner := func(quoted string) string { return quoted[1 : len(quoted)-1] }
	var plain strings.Builder
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text)
	plainJSON := inner(strings.TrimSpace(plain.String()))
	var ascii strings.Builder
	for _, r := range plainJSON {
		if r < 0x80 {
			ascii.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&ascii, `\u%04x`, unit)
		}
	}
	query, entities := url.QueryEscape(text), html.EscapeString(text)
	lowerCase := query
	for b := range 256 {
		code := fmt.Sprintf("%%%02X", b)
		lowerCase = strings.ReplaceAll(lowerCase, code, strings.ToLower(code))
	}
	return map[string]string{
		"none":                          text,
		"JSON":                          inner(asJSON(text)),
		"JSON without HTML escapes":     plainJSON,
		"JSON in ASCII":                 ascii.String(),
		"JSON with escaped slashes":     strings.ReplaceAll(plainJSON, "/", `\/`),
		"HTML":                          entities,
		"HTML with named entities":      strings.NewReplacer("&#34;", "&quot;", "&#39;", "&apos;").Replace(entities),
		"HTML with hex entities":        strings.NewReplacer("&#34;", "&quot;", "&#39;", "&#x27;").Replace(entities),
		"query":                         query,
		"query in lower case":           lowerCase,
		"query with percent for spaces": strings.ReplaceAll(query, "+", "%20"),
		"path":                          url.PathEscape(text),
	}
}

func TestSecretsAreRedactedInEveryEncoding(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{testKey, keyA, specialCharacters, "ends in a dot.", "päßwörter", "with-😀-inside", "two words", "a\tb\nc-and-more"} {
		var r redactor
		r.hide(secret)
		for encoding, encoded := range encodings(secret) {
			got := r.redact("before " + encoded + " and " + encoded + encoded + ".")
			if strings.Contains(got, encoded) || strings.Count(got, redacted) != 3 {
				t.Errorf("%q in encoding %s: %q", secret, encoding, got)
			}
		}
	}
}

func TestShortSecretsAreRedactedAsWords(t *testing.T) {
	t.Parallel()
	var r redactor
	for _, secret := range []string{"1", "abc", "abcd", "x.y", "8-letter"} {
		r.hide(secret)
	}
	for text, want := range map[string]string{
		"abc":              "(redacted)",
		"1 1 1 1 1":        "(redacted) (redacted) (redacted) (redacted) (redacted)",
		"abc,abc,abcd":     "(redacted),(redacted),(redacted)",
		`{"k":"abc"}`:      `{"k":"(redacted)"}`,
		"abcde 11 v1 x1":   "abcde 11 v1 x1",
		"x.y x.yz xzy":     "(redacted) x.yz xzy",
		"status 201 or 1.": "status 201 or (redacted).",
		"äabc abcö abc_":   "äabc abcö (redacted)_",
		"an8-lettersecret": "an(redacted)secret",
	} {
		equal(t, text, r.redact(text), want)
	}
}

func TestOtherTextIsNotRedacted(t *testing.T) {
	t.Parallel()
	var r redactor
	const text = `nothing "key": a35837907f71e9eaf52848b54ca11135187e9e30e23f2ac0`
	equal(t, "no secrets", r.redact(text), text)
	r.hide("")
	equal(t, "empty secret", r.redact(text), text)
	r.hide("secret-one")
	r.hide("secret-one-longer")
	r.hide("secret-one")
	equal(t, "secret within another", r.redact("secret-one-longer secret-one"), "(redacted) (redacted)")
}

// A run can see thousands of keys, so the time of a redaction must not grow with their number.
func TestRedactionIsFastWithManySecrets(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("https://example.com/webhooks and a+key/tha ", 50)
	measure := func(secrets int) time.Duration {
		var r redactor
		for n := range secrets {
			r.hide(fmt.Sprintf("a+key/that=%d+", n))
		}
		start := time.Now()
		for range 100 {
			r.redact(text)
		}
		return time.Since(start)
	}
	few, many := measure(10), measure(5_000)
	if many > 50*few { // searching for each secret would take 500 times as long
		t.Errorf("%s with 10 secrets, but %s with 5,000", few, many)
	}
}

func TestUnknownKeysAreRedacted(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"secrets":[{"id":"` + idA + `","key":"` + keyA + `"}]}`: `{"secrets":[{"id":"` + idA + `","key":"(redacted)"}]}`,
		`{"key" : "short \" one", "a":1}`:                         `{"key" : "(redacted)", "a":1}`,
		`{"key":"cut off`:                                         `{"key":"(redacted)"`,
		`{"key":"cut off at \`:                                    `{"key":"(redacted)"\`,
		`{"secret_key":"mine","Key":12345}`:                       `{"secret_key":"(redacted)","Key":"(redacted)"}`,
		`{"secretKey":"mine"}`:                                    `{"secretKey":"(redacted)"}`,
		`the key ` + keyA + ` is bad`:                             `the key (redacted) is bad`,
		`<a href="/v2">abcdefghijklmnopqrstuvwxyz</a>`:            `<a href="/v2">(redacted)</a>`,
		`endpoint ` + idA + ` of 2026-01-02T03:04:05Z`:            `endpoint ` + idA + ` of 2026-01-02T03:04:05Z`,
	} {
		equal(t, body, new(redactor).redactBody(body), want)
	}
	const harmless = `webhook_endpoint_not_found: https://example.com/a-long-path/of-a-webhook ` + idA + ` da39a3ee5e6b4b0d3255bfef9560`
	for message, want := range map[string]string{
		`the key ` + keyA + `, is bad`: `the key (redacted), is bad`,
		`{"secret_key":"mine"}`:        `{"secret_key":"(redacted)"}`,
		harmless:                       harmless,
	} {
		equal(t, message, new(redactor).redactMessage(message), want)
	}
}

// TestNoErrorOrLogShowsASecret echoes secrets at every place of a response, in every encoding.
func TestNoErrorOrLogShowsASecret(t *testing.T) {
	t.Parallel()
	const gateway, signing, seen = "gw: 7/p&w d", specialCharacters, "seen-in-a-response.1"
	for place, response := range map[string]func(string) http.HandlerFunc{
		"message": func(s string) http.HandlerFunc {
			return reply(422, `{"status":"request_validation_error","message":`+asJSON("bad "+s)+`}`)
		},
		"status": func(s string) http.HandlerFunc { return reply(400, `{"status":`+asJSON(s)+`,"message":""}`) },
		"field error": func(s string) http.HandlerFunc {
			field := `{"location":["body",` + asJSON(s) + `],"message":` + asJSON(s) + `,"status":` + asJSON(s) + `}`
			return reply(422, `{"status":"request_validation_error","message":"","context":[`+field+`]}`)
		},
		"body of a 500": func(s string) http.HandlerFunc { return reply(500, "<p>"+s+"</p>") },
		"body of a 200": func(s string) http.HandlerFunc { return reply(200, "<p>"+s+"</p>") },
		"value": func(s string) http.HandlerFunc {
			return reply(200, `{"id":`+asJSON(s)+`,"event_filters":`+asJSON(s)+`}`)
		},
		"time": func(s string) http.HandlerFunc { return reply(200, `{"id":"`+idA+`","created_at":`+asJSON(s)+`}`) },
		"long time": func(s string) http.HandlerFunc {
			return reply(200, `{"id":"`+idA+`","created_at":`+asJSON(strings.Repeat("x", 60)+s)+`}`)
		},
		"field name": func(s string) http.HandlerFunc { return reply(200, `{`+asJSON(s)+`:1}`) },
		"location": func(s string) http.HandlerFunc {
			return reply(302, "", "Location", "https://a.test/"+url.PathEscape(s)+"?"+url.QueryEscape(s))
		},
		"cut off key":                   func(s string) http.HandlerFunc { return reply(200, `{"secrets":[{"key":`+asJSON(s)) },
		"at the end of the quoted part": func(s string) http.HandlerFunc { return reply(404, strings.Repeat("y ", maxLine/2-3)+s) },
		"at the end of the kept part":   func(s string) http.HandlerFunc { return reply(200, strings.Repeat(" ", headLength-9)+s) },
	} {
		runInBubble(t, place, func(t *testing.T) {
			for _, secret := range []string{testKey, gateway, signing, seen} {
				for encoding, encoded := range encodings(secret) {
					var lines []string
					listing := "[" + strings.ReplaceAll(detailJSON, keyA, seen) + "]"
					c, _ := newClient(t, firstThen(1, reply(200, listing), response(encoded)), logTo(&lines), func(c *Config) {
						c.Headers, c.MaxRetries = map[string]string{"X-Gateway": gateway}, 0
					})
					_, err := c.CreateEndpoint(t.Context(), hookParams, signing)
					_, eventErr := c.GetEvent(t.Context(), idA)
					text := allTexts(asError(t, err)) + allTexts(asError(t, eventErr)) + strings.Join(lines, "\n")
					for _, forbidden := range encodings(secret) {
						if strings.Contains(text, forbidden) {
							t.Errorf("%q in encoding %s is shown as %s: %s", secret, encoding, forbidden, text)
						}
					}
				}
			}
		})
	}
}

func TestKeysInAMalformedResponseAreNotShown(t *testing.T) {
	t.Parallel()
	const ownKey = "my own key"
	for name, body := range map[string]string{
		"cut off":        `{"secrets":[{"id":"` + secretIDA + `","key":"` + keyA,
		"cut off early":  `{"secrets":[{"id":"` + secretIDA + `","key":"` + keyA[:12],
		"no id":          `{"url":"u","secrets":[{"id":"` + secretIDA + `","key":"` + keyA + `"}]}`,
		"invalid id":     `{"id":"` + idA + `","url":"u","ssl_verification":true,"secrets":[{"id":7,"key":"` + ownKey + `"}]}`,
		"key is a list":  `{"id":"` + idA + `","url":"u","ssl_verification":true,"secrets":[{"id":"` + secretIDA + `","key":["` + keyA + `"]}]}`,
		"trailing comma": `{"secrets":[{"key":"` + ownKey + `",}]}`,
		"two values":     `{"key":"` + ownKey + `"} {"key":"` + keyA + `"}`,
		"key as expiry":  strings.Replace(detailJSON, `"key"`, `"expired_at":"`+keyB+`","key"`, 1),
	} {
		failure := asError(t, send["GET"](t.Context(), clientFor(t, 200, body)))
		mustNotContain(t, allTexts(failure), keyA[:12], keyB, ownKey)
		if failure.Body == "" {
			t.Errorf("%s: the error does not quote the body", name)
		}
	}
}

// Texts must be redacted before they are shortened. Otherwise part of a secret could remain.
func TestNoPartOfASecretIsShown(t *testing.T) {
	t.Parallel()
	const key = "pk.live.5f.0c1d.2e3b.4a5c"
	for padding := range 100 {
		for _, body := range []string{
			`{"id":"` + idA + `","event_type":"x","created_at":"` + strings.Repeat(" ", padding) + key + `"}`,
			`[` + strings.Repeat("a ", maxLine/2-padding/2) + key,
		} {
			c, _ := newClient(t, reply(200, body), func(c *Config) { c.APIKey = key })
			_, err := c.GetEvent(t.Context(), idA)
			mustNotContain(t, allTexts(asError(t, err)), key[:8])
		}
	}
	const unknownKey = "abcdefghij0123456789"
	for padding := range 60 {
		for status, length := range map[int]int{200: headLength, 500: maxErrorBody} {
			body := strings.Repeat("\n", length-padding) + "k " + unknownKey + strings.Repeat(" and so on", 50)
			mustNotContain(t, allTexts(asError(t, send["GET"](t.Context(), clientFor(t, status, body)))), unknownKey[:10])
		}
	}
}

func TestErrorOfTheTransportIsRedacted(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, nil, func(c *Config) { c.MaxRetries = 0 }, wrapDial(func(dialer) dialer {
		return func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("no route for " + testKey)
		}
	}))
	failure := asError(t, send["GET"](t.Context(), c))
	mustContain(t, failure.Error(), "no response: no route for (redacted)")
	mustNotContain(t, allTexts(failure), testKey)
}

func TestKeysInAResponseAreRedactedAfterwards(t *testing.T) {
	t.Parallel()
	const ownKey = "my own key"
	c, _ := newClient(t, inTurn(t, reply(200, strings.ReplaceAll(detailJSON, keyA, ownKey)), reply(500, "<p>my own key</p>")))
	equal(t, "before", c.Redact(ownKey), ownKey)
	mustCall(t, c, send["GET"])
	equal(t, "afterwards", c.Redact(ownKey), redacted)
	c.Hide("a key in the state", keyB)
	equal(t, "key in the state", c.Redact(keyB+" or a key in the state"), redacted+" or "+redacted)
	mustNotContain(t, allTexts(asError(t, send["GET"](t.Context(), c))), ownKey)
}

func TestTokenOfAHeaderIsRedacted(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, reply(401, "token tok.en-of_gateway expired"), func(c *Config) {
		c.Headers = map[string]string{"Authorization": "Bearer tok.en-of_gateway"}
	})
	mustNotContain(t, allTexts(asError(t, send["GET"](t.Context(), c))), "tok.en-of_gateway")
}

func TestURLsAndUserAgentAreRedacted(t *testing.T) {
	t.Parallel()
	var lines []string
	c, log := newClient(t, reply(400, "x"), logTo(&lines), func(c *Config) {
		c.BaseURL, c.UserAgent = "http://localhost/"+testKey+"/v2", "test/1 ("+testKey+")"
	})
	_, err := c.ListDeliveries(t.Context(), DeliveryQuery{EndpointID: testKey})
	mustNotContain(t, allTexts(asError(t, err))+c.BaseURL()+strings.Join(lines, ""), testKey)
	equal(t, "user agent", log.all()[0].header.Get("User-Agent"), "test/1 ((redacted))")
}

func TestURLOfATicketIsRedacted(t *testing.T) {
	t.Parallel()
	ticket := fmt.Sprintf(`{"delivery_tag":%q,"endpoint_id":%q,"url":"https://example.com/%s?key=%s"}`, idB, idA, testKey, testKey)
	got, err := clientFor(t, 200, ticket).SendTestEvent(t.Context(), idA)
	equal(t, "URL, error", []any{got.URL, err}, []any{"https://example.com/(redacted)?key=(redacted)", nil})
}

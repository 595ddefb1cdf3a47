package prosa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// collect is a Log that keeps what it is told, message and fields, as text.
func collect(lines *[]string) func(context.Context, string, map[string]any) {
	var mu sync.Mutex
	return func(_ context.Context, message string, fields map[string]any) {
		mu.Lock()
		defer mu.Unlock()
		*lines = append(*lines, fmt.Sprintf("%s %v", message, fields))
	}
}

// odd is a secret that is spelled differently wherever it is quoted.
const odd = `p&s<w>"o'r\d/ +%ü=`

// spellings are the ways in which servers echo a value.
func spellings(secret string) map[string]string {
	marshalled, _ := json.Marshal(secret)
	var plain strings.Builder
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(secret)
	var ascii strings.Builder
	for _, r := range strings.Trim(strings.TrimSpace(plain.String()), `"`) {
		if r < 0x80 {
			ascii.WriteRune(r)
		} else {
			fmt.Fprintf(&ascii, `\u%04x`, r)
		}
	}
	inner := func(s string) string { s = strings.TrimSpace(s); return s[1 : len(s)-1] }
	return map[string]string{
		"raw":                    secret,
		"JSON":                   inner(string(marshalled)),
		"JSON, HTML unescaped":   inner(plain.String()),
		"JSON, ASCII":            ascii.String(),
		"JSON, slashes escaped":  strings.ReplaceAll(inner(plain.String()), "/", `\/`),
		"HTML":                   html.EscapeString(secret),
		"HTML, names":            strings.NewReplacer("&#34;", "&quot;", "&#39;", "&apos;").Replace(html.EscapeString(secret)),
		"HTML, hexadecimal":      strings.NewReplacer("&#34;", "&quot;", "&#39;", "&#x27;").Replace(html.EscapeString(secret)),
		"query":                  url.QueryEscape(secret),
		"path":                   url.PathEscape(secret),
		"percent, in lower case": lowerPercent(url.QueryEscape(secret)),
		"percent, spaces too":    strings.ReplaceAll(url.QueryEscape(secret), "+", "%20"),
	}
}

func lowerPercent(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			b.WriteString(strings.ToLower(s[i : i+3]))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func TestKnownSecretsAreReplacedInEverySpelling(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{testKey, keyA, odd, "ends in a dot.", "päßwörter", "two words", "a\tb\nc-and-more"} {
		var r redactor
		r.hide(secret)
		for name, spelling := range spellings(secret) {
			text := "before " + spelling + " and " + spelling + spelling + "."
			got := r.redact(text)
			if strings.Contains(got, spelling) || strings.Count(got, redacted) != 3 {
				t.Errorf("%q as %s: %q", secret, name, got)
			}
		}
	}
}

func TestShortSecretsAreReplacedAsWordsOnly(t *testing.T) {
	t.Parallel()
	var r redactor
	for _, secret := range []string{"1", "abc", "abcd", "x.y"} {
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
	} {
		equal(t, text, r.redact(text), want)
	}
}

func TestRedactLeavesTheRestAlone(t *testing.T) {
	t.Parallel()
	var r redactor
	const text = `nothing "key": a35837907f71e9eaf52848b54ca11135187e9e30e23f2ac0`
	equal(t, "without secrets", r.redact(text), text)
	r.hide("")
	equal(t, "with an empty one", r.redact(text), text)
	r.hide("secret-one")
	r.hide("secret-one-longer")
	r.hide("secret-one")
	equal(t, "one within the other", r.redact("secret-one-longer secret-one"), "(redacted) (redacted)")
}

// What a redaction costs must not grow with the number of secrets: a run can see thousands of keys.
func TestThousandsOfSecretsDoNotMakeRedactionSlow(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("https://example.com/webhooks and a+key/tha ", 50)
	cost := func(secrets int) time.Duration {
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
	few, many := cost(10), cost(5_000)
	if many > 50*few { // it was 500 times as much, and the machine may be busy
		t.Errorf("%s with 10 secrets, %s with 5,000", few, many)
	}
}

func TestUnknownKeysInForeignBodiesAreReplaced(t *testing.T) {
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
		var r redactor
		equal(t, body, r.redactBody(body), want)
	}
}

func TestUnknownKeysInMessagesAreReplaced(t *testing.T) {
	t.Parallel()
	const etag = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
	for message, want := range map[string]string{
		`the key ` + keyA + `, is bad`: `the key (redacted), is bad`,
		`{"secret_key":"mine"}`:        `{"secret_key":"(redacted)"}`,
		`webhook_endpoint_not_found: https://example.com/a-long-path/of-a-webhook ` + idA + ` ` + etag: `webhook_endpoint_not_found: https://example.com/a-long-path/of-a-webhook ` + idA + ` ` + etag,
	} {
		var r redactor
		equal(t, message, r.redactMessage(message), want)
	}
}

// TestNothingSecretIsShown has the API echo secrets in every place and every spelling.
func TestNothingSecretIsShown(t *testing.T) {
	t.Parallel()
	const gateway, signing, seen = "gw: 7/p&w d", odd, "seen-in-an-answer.1"
	secrets := []string{testKey, gateway, signing, seen}
	places := map[string]func(string) http.HandlerFunc{
		"message": func(s string) http.HandlerFunc {
			return reply(422, `{"status":"request_validation_error","message":`+asJSON("bad "+s)+`}`)
		},
		"status": func(s string) http.HandlerFunc { return reply(400, `{"status":`+asJSON(s)+`,"message":""}`) },
		"field": func(s string) http.HandlerFunc {
			return reply(422, `{"status":"request_validation_error","message":"","context":[{"location":["body",`+asJSON(s)+`],"message":`+asJSON(s)+`,"status":`+asJSON(s)+`}]}`)
		},
		"body":     func(s string) http.HandlerFunc { return reply(500, "<p>"+s+"</p>") },
		"200 body": func(s string) http.HandlerFunc { return reply(200, "<p>"+s+"</p>") },
		"value": func(s string) http.HandlerFunc {
			return reply(200, `{"id":`+asJSON(s)+`,"event_filters":`+asJSON(s)+`}`)
		},
		"time": func(s string) http.HandlerFunc { return reply(200, `{"id":"`+idA+`","created_at":`+asJSON(s)+`}`) },
		"late time": func(s string) http.HandlerFunc {
			return reply(200, `{"id":"`+idA+`","created_at":`+asJSON(strings.Repeat("x", 60)+s)+`}`)
		},
		"name": func(s string) http.HandlerFunc { return reply(200, `{`+asJSON(s)+`:1}`) },
		"location": func(s string) http.HandlerFunc {
			return reply(302, "", "Location", "https://a.test/"+url.PathEscape(s)+"?"+url.QueryEscape(s))
		},
		"cut off":    func(s string) http.HandlerFunc { return reply(200, `{"secrets":[{"key":`+asJSON(s)) },
		"long line":  func(s string) http.HandlerFunc { return reply(404, strings.Repeat("y ", maxLine/2-3)+s) },
		"late in it": func(s string) http.HandlerFunc { return reply(200, strings.Repeat(" ", headLength-9)+s) },
	}
	for place, answer := range places {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			for _, secret := range secrets {
				for spelled, spelling := range spellings(secret) {
					if strings.ContainsAny(spelling, "\n\x00") {
						continue
					}
					var lines []string
					seenBody := `[{"id":"` + idA + `","url":"` + hookURL + `","ssl_verification":true,"secrets":[{"id":"` + idB + `","key":"` + seen + `"}]}]`
					first := true
					c := connect(t, "https://api.test/v2/speech", func(c *Config) {
						c.Headers, c.MaxRetries, c.Log = map[string]string{"X-Gateway": gateway}, 0, collect(&lines)
						c.Transport = transport(func(r *http.Request) (*http.Response, error) {
							if first {
								first = false
								return always(200, seenBody)(r)
							}
							return respond(answer(spelling), r), nil
						})
					})
					_, err := c.CreateEndpoint(t.Context(), hookParams, signing)
					_, errEvent := c.GetEvent(t.Context(), idA)
					if err == nil || errEvent == nil {
						t.Fatal("no error")
					}
					text := strings.Join(append(lines, deepText(err), deepText(errEvent)), "\n")
					for name, forbidden := range spellings(secret) {
						if strings.Contains(text, forbidden) {
							t.Errorf("%q, echoed as %s, is shown as %s: %s", secret, spelled, name, text)
						}
					}
				}
			}
		})
	}
}

// deepText is every text that a caller can get out of an error.
func deepText(err error) string {
	e := As(err)
	if e == nil {
		return err.Error()
	}
	text := fmt.Sprintf("%s %s %s %s %s %s %v", e.Error(), e.Reason(), e.URL, e.Status, e.Body, e.Location, e.Fields)
	var hidden *hiddenError
	if errors.As(err, &hidden) {
		text += hidden.text
	}
	return text
}

func asJSON(s string) string {
	encoded, _ := json.Marshal(s)
	return string(encoded)
}

func TestKeysOfAnAnswerThatWasNeverUnderstoodAreNotShown(t *testing.T) {
	t.Parallel()
	const byo = "my own key"
	for name, body := range map[string]string{
		"cut off":        `{"secrets":[{"id":"` + secretIDA + `","key":"` + keyA,
		"cut off early":  `{"secrets":[{"id":"` + secretIDA + `","key":"` + keyA[:12],
		"no id":          `{"url":"u","secrets":[{"id":"` + secretIDA + `","key":"` + keyA + `"}]}`,
		"bad secret":     `{"id":"` + idA + `","url":"u","ssl_verification":true,"secrets":[{"id":7,"key":"` + byo + `"}]}`,
		"key is a list":  `{"id":"` + idA + `","url":"u","ssl_verification":true,"secrets":[{"id":"` + secretIDA + `","key":["` + keyA + `"]}]}`,
		"trailing comma": `{"secrets":[{"key":"` + byo + `",}]}`,
		"two values":     `{"key":"` + byo + `"} {"key":"` + keyA + `"}`,
	} {
		failure := asError(t, send["GET"](t.Context(), answered(t, 200, body)))
		mustNotContain(t, deepText(failure), keyA[:12], byo)
		if failure.Body == "" {
			t.Errorf("%s: nothing of the body is shown", name)
		}
	}
}

// A text is shortened after it is redacted: the beginning of a secret is as bad as the whole.
func TestASecretIsNotCutBeforeItIsHidden(t *testing.T) {
	t.Parallel()
	const key = "pk.live.5f.0c1d.2e3b.4a5c"
	for padding := range 100 {
		pad := strings.Repeat(" ", padding)
		for _, body := range []string{
			`{"id":"` + idA + `","event_type":"x","created_at":"` + pad + key + `"}`,
			`[` + strings.Repeat("a ", maxLine/2-padding/2) + key,
		} {
			c := connect(t, "https://api.test", func(c *Config) { c.APIKey, c.Transport = key, always(200, body) })
			_, err := c.GetEvent(t.Context(), idA)
			mustNotContain(t, deepText(err), key[:8])
		}
	}
}

// What is quoted of a long body does not end within a key.
func TestAKeyAtTheEndOfWhatIsReadIsNotShown(t *testing.T) {
	t.Parallel()
	const key = "abcdefghij0123456789"
	for padding := range 60 {
		for status, length := range map[int]int{200: headLength, 500: maxErrorBody} {
			body := strings.Repeat("\n", length-padding) + "k " + key + strings.Repeat(" and so on", 50)
			failure := asError(t, send["GET"](t.Context(), connect(t, "https://api.test", func(c *Config) {
				c.MaxRetries, c.Transport = 0, always(status, body)
			})))
			mustNotContain(t, deepText(failure), key[:10])
		}
	}
}

func TestAHugeDateTimeIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	body := `{"id":"` + idA + `","event_type":"x","data":{},"created_at":"` + strings.Repeat("7", 20<<20) + `"}`
	start := time.Now()
	_, err := answered(t, 200, body).GetEvent(t.Context(), idA)
	mustContain(t, asError(t, err).Error(), "a date-time has 20971520 characters")
	small := strings.Replace(body, strings.Repeat("7", 20<<20), "2026-01-02T03:04:05Z", 1)
	taken := time.Since(start)
	start = time.Now()
	if _, err := answered(t, 200, strings.Replace(small, `"data":{}`, `"data":"`+strings.Repeat("7", 20<<20)+`"`, 1)).GetEvent(t.Context(), idA); err != nil {
		t.Fatal(err)
	}
	if plain := time.Since(start); taken > 10*plain {
		t.Errorf("a long date-time took %s, a long text %s", taken, plain)
	}
}

func TestAnUnknownKeyInTheWrongFieldIsNotShown(t *testing.T) {
	t.Parallel()
	body := strings.Replace(detailJSON, `"key"`, `"expired_at":"`+keyB+`","key"`, 1)
	failure := asError(t, send["GET"](t.Context(), answered(t, 200, body)))
	mustContain(t, failure.Error(), "is not a date-time")
	mustNotContain(t, deepText(failure), keyA, keyB)
}

func TestWhatATransportSaysIsRedacted(t *testing.T) {
	t.Parallel()
	c := connect(t, "https://api.test", func(c *Config) {
		c.MaxRetries = 0
		c.Transport = transport(func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("cannot send %q", r.Header.Get("X-Api-Key"))
		})
	})
	failure := asError(t, send["GET"](t.Context(), c))
	mustContain(t, failure.Error(), `no response: cannot send "(redacted)"`)
	mustNotContain(t, deepText(failure), testKey)
}

func TestKeysOfAGoodAnswerAreHiddenFromThenOn(t *testing.T) {
	t.Parallel()
	const byo = "my own key"
	_, server := serve(t, script(t, reply(200, strings.ReplaceAll(detailJSON, keyA, byo)), reply(500, "<p>my own key</p>")))
	c := connect(t, server.URL)
	equal(t, "before", c.Redact(byo), byo)
	if err := send["GET"](t.Context(), c); err != nil {
		t.Fatal(err)
	}
	equal(t, "after", c.Redact(byo), redacted)
	mustNotContain(t, deepText(send["GET"](t.Context(), c)), byo)
}

func TestTheTokenInAHeaderIsHiddenAlone(t *testing.T) {
	t.Parallel()
	c := connect(t, "https://api.test", func(c *Config) {
		c.Transport = always(401, "token tok.en-of_gateway expired")
		c.Headers = map[string]string{"Authorization": "Bearer tok.en-of_gateway"}
	})
	mustNotContain(t, deepText(send["GET"](t.Context(), c)), "tok.en-of_gateway")
}

func TestTheURLInMessagesHoldsNoSecret(t *testing.T) {
	t.Parallel()
	var lines []string
	c := connect(t, "https://api.test/"+testKey+"/v2", func(c *Config) { c.Transport, c.Log = always(400, "x"), collect(&lines) })
	_, err := c.ListDeliveries(t.Context(), DeliveryQuery{EndpointID: testKey})
	mustNotContain(t, deepText(err)+c.BaseURL()+strings.Join(lines, ""), testKey)
}

func TestATicketShowsNoSecret(t *testing.T) {
	t.Parallel()
	ticket := fmt.Sprintf(`{"delivery_tag":%q,"endpoint_id":%q,"url":"https://example.com/%s?key=%s"}`, idB, idA, testKey, testKey)
	tested, err := answered(t, 200, ticket).SendTestEvent(t.Context(), idA)
	if err != nil {
		t.Fatal(err)
	}
	replayed, err := answered(t, 200, "["+ticket+"]").ReplayFailedDeliveries(t.Context(), idA)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range append(replayed, tested) {
		equal(t, "URL", shown.URL, "https://example.com/(redacted)?key=(redacted)")
	}
}

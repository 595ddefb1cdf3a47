package prosa

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultBaseURL is where Prosa's public installation answers.
const DefaultBaseURL = "https://api.prosa.ai/v2/speech"

// Defaults of Config.
const (
	DefaultRequestTimeout = 30 * time.Second
	DefaultMaxRetries     = 4
	DefaultTimeZone       = "Asia/Jakarta"
	defaultMaxAnswer      = 64 << 20
	// idleConnections is more than any CLI has requests in flight, so that a connection is reused and not closed.
	idleConnections = 256
)

// Config says how a Client reaches the API. BaseURL and APIKey are required, the rest has defaults.
type Config struct {
	BaseURL string            // see ParseBaseURL
	APIKey  string            // see CheckAPIKey; sent as x-api-key, to the origin of BaseURL only
	Headers map[string]string // extra headers for a gateway in front of the API; see CheckHeader

	UserAgent         string
	RequestTimeout    time.Duration  // of one attempt, body included; 0: DefaultRequestTimeout
	MaxRetries        int            // attempts after the first; those answered with 429 do not count
	RequestsPerSecond float64        // pace of this client; 0: unlimited
	TimeZone          *time.Location // of date-times that carry no zone; nil: DefaultTimeZone

	// Transport sends the requests. Nil: a copy of [http.DefaultTransport] that keeps enough connections open.
	Transport http.RoundTripper
	Now       func() time.Time // nil: time.Now
	// Sleep waits for d or until ctx ends, whose error it then returns. Nil: a timer.
	Sleep func(ctx context.Context, d time.Duration) error
	// Jitter gives numbers in [0, 1). Nil: random ones.
	Jitter func() float64
	// Log is called after every attempt; fields hold no secrets and no bodies. Nil: no log.
	Log func(ctx context.Context, message string, fields map[string]any)
	// MaxAnswer is how many bytes of a response are read at most. 0: 64 MiB.
	MaxAnswer int64
}

// Client speaks to one installation with one key. It is safe for concurrent use. Make one for each run: it remembers
// what the run has created and read.
type Client struct {
	config   Config
	base     string // without a trailing slash
	shown    string // base as messages may show it
	throttle throttle
	redactor redactor

	listings cache[*listing] // for reads; dropped by every write
	baseline cache[*listing] // for creates: what was there before them
	details  cache[Endpoint] // for reads by id
	locks    keyedMutex      // for writes that must not overlap
	writes   writes          // of this client
}

// New makes a client without sending anything. It fails if BaseURL, APIKey or Headers cannot be used.
func New(config Config) (*Client, error) {
	base, err := ParseBaseURL(config.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("the base URL cannot be used: %w", err)
	}
	if err := CheckAPIKey(config.APIKey); err != nil {
		return nil, err
	}
	for name, value := range config.Headers {
		if err := CheckHeader(name, value); err != nil {
			return nil, err
		}
	}
	if config.TimeZone == nil {
		if config.TimeZone, err = time.LoadLocation(DefaultTimeZone); err != nil {
			return nil, err
		}
	}
	config.setDefaults()
	c := &Client{config: config, base: base.String()}
	if config.RequestsPerSecond > 0 {
		c.throttle.interval = time.Duration(min(float64(time.Second)/config.RequestsPerSecond, float64(24*time.Hour)))
	}
	c.redactor.hide(config.APIKey)
	for _, value := range config.Headers {
		c.redactor.hide(value)
		for word := range strings.FieldsSeq(value) { // the token of "Bearer …" can be echoed alone
			if len(word) >= shortSecret {
				c.redactor.hide(word)
			}
		}
	}
	c.shown = c.redactor.redact(c.base)
	c.config.UserAgent = c.redactor.redact(config.UserAgent)
	return c, nil
}

func (config *Config) setDefaults() {
	if config.RequestTimeout == 0 {
		config.RequestTimeout = DefaultRequestTimeout
	}
	if config.MaxAnswer == 0 {
		config.MaxAnswer = defaultMaxAnswer
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Sleep == nil {
		config.Sleep = sleep
	}
	if config.Jitter == nil {
		config.Jitter = rand.Float64
	}
	if config.Transport == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.MaxIdleConns, transport.MaxIdleConnsPerHost = idleConnections, idleConnections
		config.Transport = transport
	}
}

// Redact replaces the API key, the extra headers' values and every signing key that this client has seen in text.
func (c *Client) Redact(text string) string { return c.redactor.redact(text) }

// Hide adds keys, such as those in state, to the set that Redact removes from messages and logs.
func (c *Client) Hide(keys ...string) {
	for _, key := range keys {
		c.redactor.hide(key)
	}
}

// BaseURL is where this client sends its requests, as messages may show it.
func (c *Client) BaseURL() string { return c.shown }

// RequestTimeout limits one attempt, its body included.
func (c *Client) RequestTimeout() time.Duration { return c.config.RequestTimeout }

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// url joins the base, escaped path elements and the query.
func (c *Client) url(elements []string, query url.Values) string {
	if len(query) == 0 {
		return c.base + joinPath(elements)
	}
	return c.base + joinPath(elements) + "?" + query.Encode()
}

func joinPath(elements []string) string {
	var b strings.Builder
	for _, element := range elements {
		b.WriteByte('/')
		if element == "." || element == ".." { // an id, and no way up
			b.WriteString(strings.ReplaceAll(element, ".", "%2E"))
			continue
		}
		b.WriteString(url.PathEscape(element))
	}
	return b.String()
}

// Account is a short keyed hash of the base URL and the API key: it tells whether two runs used the same, and nothing
// about either.
func (c *Client) Account() string {
	mac := hmac.New(sha256.New, []byte(c.config.APIKey))
	_, _ = mac.Write([]byte(c.base)) // never fails
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

package prosa

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// DefaultBaseURL is where Prosa's public installation answers.
const DefaultBaseURL = "https://api.prosa.ai/v2/speech"

// Defaults of Config.
const (
	DefaultRequestTimeout = 30 * time.Second
	DefaultMaxRetries     = 4
	defaultMaxAnswer      = 64 << 20
)

// Config says how a Client reaches the API. BaseURL and APIKey are required, the rest has defaults.
type Config struct {
	BaseURL string            // see ParseBaseURL
	APIKey  string            // sent as x-api-key, to the origin of BaseURL only
	Headers map[string]string // extra headers for a gateway in front of the API

	UserAgent         string
	RequestTimeout    time.Duration // of one attempt, body included; 0: DefaultRequestTimeout
	MaxRetries        int           // attempts after the first; 429 does not count
	RequestsPerSecond float64       // pace of this client; 0: none

	// Transport nil is [http.DefaultTransport]. An [http.Transport] is copied for each connection.
	Transport http.RoundTripper
	Now       func() time.Time // nil: time.Now
	// Sleep waits for d or until ctx ends, whose error it then returns. Nil: a timer.
	Sleep func(ctx context.Context, d time.Duration) error
	// Jitter gives numbers in [0, 1). Nil: random ones.
	Jitter func() float64
	// Log is told of every attempt; fields hold no secrets and no bodies. Nil: nobody is told.
	Log func(ctx context.Context, message string, fields map[string]any)
	// MaxAnswer is how many bytes of an answer are read at most. 0: 64 MiB.
	MaxAnswer int64
}

// Client speaks to one installation with one key. It is safe for concurrent use; make one for each run, as it
// remembers what the run has created and read.
type Client struct {
	config  Config
	base    string        // without a slash at the end
	shown   string        // base as messages may show it
	pacer   *rate.Limiter // nil: no pace
	gate    gate
	secrets redactor

	listing  shared[*listing]      // for reads
	baseline shared[*listing]      // for creates: what was there before them
	details  sharedByKey[Endpoint] // for reads by id
	turns    turns                 // writes that must not overlap
	ledger   ledger                // what this client has written
}

// New makes a client; it sends nothing. It fails when BaseURL or APIKey cannot be used.
func New(config Config) (*Client, error) {
	base, err := ParseBaseURL(config.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("the base URL cannot be used: %w", err)
	}
	if err := CheckAPIKey(config.APIKey); err != nil {
		return nil, err
	}
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
	if config.Log == nil {
		config.Log = func(context.Context, string, map[string]any) {}
	}
	if config.Transport == nil {
		config.Transport = http.DefaultTransport
	}
	if template, ok := config.Transport.(*http.Transport); ok {
		config.Transport = &connections{template: template}
	}
	c := &Client{config: config, base: base.String()}
	if config.RequestsPerSecond > 0 {
		c.pacer = rate.NewLimiter(rate.Limit(config.RequestsPerSecond), 1)
	}
	c.secrets.hide(config.APIKey)
	for _, value := range config.Headers {
		c.secrets.hide(value)
		for _, word := range strings.Fields(value) { // the token of "Bearer …" can be echoed alone
			if len(word) >= shortSecret {
				c.secrets.hide(word)
			}
		}
	}
	c.shown = c.secrets.redact(c.base)
	c.config.UserAgent = c.secrets.redact(config.UserAgent)
	return c, nil
}

// Redact replaces the API key, the extra headers' values and every signing key this client has seen in text.
func (c *Client) Redact(text string) string { return c.secrets.redact(text) }

// Hide has Redact, messages and the log replace signing keys that this client need not have seen: those in a state.
func (c *Client) Hide(keys ...string) {
	for _, key := range keys {
		c.secrets.hide(key)
	}
}

// BaseURL is where this client sends its requests, as messages may show it.
func (c *Client) BaseURL() string { return c.shown }

// RequestTimeout is how long one attempt may take, its body included.
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

// url is where the operation with these path elements and query lives.
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
		b.WriteString(url.PathEscape(element))
	}
	return b.String()
}

// CheckAPIKey says what is wrong with a key that cannot be sent in a header. The error does not quote it.
func CheckAPIKey(key string) error {
	if key == "" {
		return fmt.Errorf("the API key is empty")
	}
	return checkHeaderValue("the API key", key)
}

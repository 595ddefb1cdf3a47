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

// DefaultBaseURL is the base URL of Prosa's public installation.
const DefaultBaseURL = "https://api.prosa.ai/v2/speech"

// Defaults of Config.
const (
	DefaultRequestTimeout  = 30 * time.Second
	DefaultMaxRetries      = 4
	DefaultTimeZone        = "Asia/Jakarta"
	defaultMaxResponseSize = 64 << 20
	// idleConnections is more than the number of requests that a CLI has in flight, so that connections are reused.
	idleConnections = 256
)

// Config configures a Client. Only BaseURL and APIKey are required.
type Config struct {
	BaseURL string            // see ParseBaseURL
	APIKey  string            // see CheckAPIKey; sent as x-api-key, to the origin of BaseURL only
	Headers map[string]string // extra headers for a gateway in front of the API; see CheckHeader

	UserAgent         string
	RequestTimeout    time.Duration  // of one attempt, including the body; 0: DefaultRequestTimeout
	MaxRetries        int            // attempts after the first, without those that get a 429
	RequestsPerSecond float64        // 0: unlimited
	TimeZone          *time.Location // of times without a zone; nil: DefaultTimeZone

	// Transport sends the requests. Nil: a copy of [http.DefaultTransport] that keeps enough connections open.
	Transport http.RoundTripper
	Now       func() time.Time // nil: time.Now
	// Sleep waits for d. If ctx ends before that, it returns the error of ctx. Nil: a timer.
	Sleep func(ctx context.Context, d time.Duration) error
	// Jitter returns a number in [0, 1). Nil: a random one.
	Jitter func() float64
	// Log is called after every attempt. The fields contain no secrets and no bodies. Nil: no log.
	Log func(ctx context.Context, message string, fields map[string]any)
	// MaxResponseSize limits how many bytes of a response are read. 0: 64 MiB.
	MaxResponseSize int64
}

// Client calls the API of one installation with one key. It is safe for concurrent use. Create one for each run, because
// it caches responses and remembers the endpoints that it created.
type Client struct {
	config   Config
	base     string // without a trailing slash
	shown    string // base, redacted
	throttle throttle
	redactor redactor

	listings cache[*listing] // for reads; each write drops it
	baseline cache[*listing] // for creates, which compare it with a later listing
	details  cache[Endpoint] // for reads by id; each write drops it
	locks    keyedMutex      // for writes that must not overlap, and for the turns of the pace
	writes   *writes
}

// New returns a client. It sends no request. It fails if BaseURL, APIKey or Headers are invalid.
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
	c := &Client{config: config, base: base.String(), writes: newWrites()}
	if config.RequestsPerSecond > 0 {
		c.throttle.interval = time.Duration(min(float64(time.Second)/config.RequestsPerSecond, float64(24*time.Hour)))
	}
	c.redactor.hide(config.APIKey)
	for _, value := range config.Headers {
		c.redactor.hide(value)
		for word := range strings.FieldsSeq(value) { // the API may echo only the token of "Bearer …"
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
	if config.MaxResponseSize == 0 {
		config.MaxResponseSize = defaultMaxResponseSize
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

// Redact replaces the API key, the values of the extra headers, and all signing keys that this client has seen.
func (c *Client) Redact(text string) string { return c.redactor.redact(text) }

// Hide adds keys, such as those in state, to the set that Redact removes from messages and logs.
func (c *Client) Hide(keys ...string) {
	for _, key := range keys {
		c.redactor.hide(key)
	}
}

// BaseURL is the base URL, redacted.
func (c *Client) BaseURL() string { return c.shown }

// RequestTimeout limits one attempt, including the body of the response.
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
		if element == "." || element == ".." { // which would change the path
			b.WriteString(strings.ReplaceAll(element, ".", "%2E"))
			continue
		}
		b.WriteString(url.PathEscape(element))
	}
	return b.String()
}

// Account is a short hash of the base URL, keyed with the API key. If two runs have the same, they used the same base URL
// and the same key. It reveals neither.
func (c *Client) Account() string {
	mac := hmac.New(sha256.New, []byte(c.config.APIKey))
	_, _ = mac.Write([]byte(c.base)) // never fails
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

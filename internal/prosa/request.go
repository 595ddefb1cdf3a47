package prosa

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// request is one request of the API, ready to be attempted any number of times.
type request struct {
	operation string   // "create the webhook endpoint"
	method    string   // of HTTP
	path      []string // unescaped elements below the base
	query     url.Values
	body      any // nil: none
	// decode reads the body of a 2xx response, which is bounded. It is called once for each attempt. Nil: any 2xx is a
	// success, whatever its body.
	decode func(io.Reader) error
	// prepare runs after all waiting, right before each attempt. If it sends a request, in the turn of this one, what
	// it has learnt holds for a while only: see preparation. Nil: nothing to prepare.
	prepare func(context.Context) (preparation, error)
	unpaced bool // sent in the turn of another request
}

// preparation is the result of preparing a request.
type preparation struct {
	sent       bool      // a request was sent
	validUntil time.Time // when the request that it prepares should have left
}

// about returns the kind of object that the request names in its path, and the object's id; a listing has none.
func (r *request) about() (kind, id string) {
	if len(r.path) < 3 {
		return "", ""
	}
	return r.path[1], r.path[2]
}

func (c *Client) newError(r *request) *Error {
	kind, _ := r.about()
	return &Error{
		Operation:  r.operation,
		Method:     r.method,
		URL:        c.redactor.redact(c.base + joinPath(r.path)),
		RetryAfter: -1,
		kind:       kind,
	}
}

// do makes attempts until one succeeds, fails for good, or there have been too many.
func (c *Client) do(ctx context.Context, r *request) error {
	ctx = c.begin(ctx, operationLimit)
	var failure *Error
	for retries, refusals := 0, 0; ; {
		if err := c.prepare(ctx, r, refusals); err != nil {
			return c.notAttempted(r, failure, err)
		}
		sent := c.config.Now()
		failure = c.attempt(ctx, r)
		switch {
		case failure == nil:
			c.throttle.passed()
			return nil
		case failure.outcome == throttled:
			c.refused(sent, failure.RetryAfter)
			refusals++
			continue
		case failure.StatusCode == http.StatusNotFound:
			c.explainNotFound(ctx, r, failure)
			return failure
		case !failure.repeatable() || retries >= c.config.MaxRetries:
			return failure
		}
		wait := c.backoff(retries)
		if failure.RetryAfter >= 0 {
			wait = failure.RetryAfter + time.Duration(c.config.Jitter()*float64(firstBackoff))
		}
		if wait > c.left(ctx) {
			return failure
		}
		if err := c.config.Sleep(ctx, wait); err != nil {
			return c.notAttempted(r, failure, err)
		}
		retries++
	}
}

// errOutOfTime ends an operation whose attempts took longer than it may.
var errOutOfTime = fmt.Errorf("the operation has taken longer than %s", operationLimit)

// prepare waits until r may be sent, and prepares it. What prepares it may be told to wait, and r then waits again.
func (c *Client) prepare(ctx context.Context, r *request, refusals int) error {
	for {
		if err := c.wait(ctx, refusals, r.unpaced); err != nil {
			return err
		}
		if c.left(ctx) <= -c.config.RequestTimeout {
			return errOutOfTime
		}
		_, before := c.throttle.times()
		if r.prepare == nil {
			return nil
		}
		prepared, err := r.prepare(ctx)
		if err == nil && prepared.sent {
			err = c.waitForNextTurn(ctx, prepared.validUntil)
		}
		if err != nil {
			return err
		}
		if _, after := c.throttle.times(); after.Equal(before) {
			return nil
		}
	}
}

// notAttempted is the error of a request that err kept from being sent, or from being retried after failure.
func (c *Client) notAttempted(r *request, failure *Error, err error) error {
	if As(err) != nil { // of the request that prepares this one
		return err
	}
	if failure != nil && (errors.Is(err, ErrThrottled) || errors.Is(err, errOutOfTime)) {
		return failure
	}
	e := c.newError(r)
	e.Err, e.outcome = err, refused
	switch {
	case failure != nil:
		e.Err = &hiddenError{text: "it was interrupted before it was retried; the last time: " + failure.Reason(), cause: err}
		e.outcome, e.sent = failure.outcome, failure.sent
	case errors.Is(err, context.Canceled):
		e.Err = &hiddenError{text: "it was interrupted while it waited to be sent", cause: err}
	}
	return e
}

// explainNotFound finds out what a 404 means for the endpoint that was asked for. Only Prosa's own answer about this
// endpoint says that it is deleted. Any other 404 can come from a gateway, or from an installation that lacks the
// operation: then a listing taken after it decides.
func (c *Client) explainNotFound(ctx context.Context, r *request, failure *Error) {
	kind, id := r.about()
	if kind != "endpoints" {
		return
	}
	if failure.Status == StatusEndpointNotFound && (failure.contextID == "" || failure.contextID == id) {
		failure.deleted = true
		return
	}
	c.listings.drop()
	l, err := c.listings.get(ctx, c, "", age{arrived: cacheLifetime}, c.takeListing)
	if err != nil {
		return
	}
	_, listed := l.byID[id]
	failure.deleted, failure.Unsupported = !listed, listed
}

// attempt sends r once. The timeout covers the whole of the response.
func (c *Client) attempt(parent context.Context, r *request) *Error {
	started := c.config.Now()
	ctx, cancel := context.WithTimeout(parent, min(c.config.RequestTimeout, c.config.RequestTimeout+c.left(parent)))
	defer cancel()

	failure := c.newError(r)
	failure.sent = started
	var line connection
	code, err := c.exchange(httptrace.WithClientTrace(ctx, line.trace()), r, failure)
	if err != nil {
		c.classify(parent, ctx, &line, failure, err)
	}
	url := failure.URL
	if err == nil && failure.ok() {
		failure = nil
	}
	if c.config.Log != nil {
		fields := map[string]any{
			"operation": r.operation, "method": r.method, "url": url, "query": c.redactor.redact(r.query.Encode()),
			"status": code, "milliseconds": c.config.Now().Sub(started).Milliseconds(),
		}
		if failure != nil {
			fields["error"] = failure.Reason()
		}
		c.config.Log(parent, "request to the Prosa API", fields)
	}
	return failure
}

func (e *Error) ok() bool { return e.StatusCode >= 200 && e.StatusCode < 300 }

// connection is what is known of the one an attempt was made over.
type connection struct{ asked, made atomic.Bool }

func (l *connection) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { l.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { l.made.Store(true) },
	}
}

// failed says that no connection was made: the API cannot have seen the request.
func (l *connection) failed() bool { return l.asked.Load() && !l.made.Load() }

// exchange sends r and reads the response. An error status fills in failure; err is for everything that keeps a
// response from being read.
func (c *Client) exchange(ctx context.Context, r *request, failure *Error) (int, error) {
	httpRequest, err := c.newHTTPRequest(ctx, r)
	if err != nil {
		return 0, err
	}
	response, err := c.config.Transport.RoundTrip(httpRequest) // not an http.Client, which follows redirects
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	failure.StatusCode = response.StatusCode
	failure.RetryAfter = parseRetryAfter(response.Header, c.config.Now())

	reader := &boundedReader{from: response.Body, left: c.config.MaxAnswer}
	switch {
	case !failure.ok():
		c.readRefusal(reader, response, failure)
		return response.StatusCode, nil
	case r.decode == nil:
		_, _ = io.CopyN(io.Discard, response.Body, maxErrorBody) // so that the connection can be reused
		return response.StatusCode, nil
	}
	if err := r.decode(reader); err != nil {
		if reader.err != nil {
			return response.StatusCode, reader.err
		}
		return response.StatusCode, &unreadableError{reason: err, head: reader.head, cut: len(reader.head) == headLength}
	}
	// Only white space can follow the JSON. Read it, so that the connection can be reused.
	_, err = io.Copy(io.Discard, reader)
	return response.StatusCode, err
}

func (c *Client) newHTTPRequest(ctx context.Context, r *request) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		encoded, err := json.Marshal(r.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(encoded)
	}
	httpRequest, err := http.NewRequestWithContext(ctx, r.method, c.url(r.path, r.query), body)
	if err != nil {
		return nil, err
	}
	header := httpRequest.Header
	header.Set("Accept", "application/json")
	for name, value := range c.config.Headers {
		if !strings.EqualFold(name, "accept-encoding") { // net/http decompresses only what it asked for itself
			header.Set(name, value)
		}
	}
	header.Set("User-Agent", c.config.UserAgent)
	header.Set("X-Api-Key", c.config.APIKey)
	if r.body != nil {
		header.Set("Content-Type", "application/json")
	}
	return httpRequest, nil
}

// maxErrorBody is how many bytes of an error's body are read.
const maxErrorBody = 64 << 10

// readRefusal fills in failure from a response whose status is not 2xx.
func (c *Client) readRefusal(reader io.Reader, response *http.Response, failure *Error) {
	switch code := response.StatusCode; {
	case code == http.StatusTooManyRequests:
		failure.outcome = throttled
	case code == http.StatusServiceUnavailable && failure.RetryAfter >= 0:
		failure.outcome, failure.temporary = unavailable, true
	case code == http.StatusGatewayTimeout || code == http.StatusRequestTimeout:
		failure.outcome, failure.temporary = timedOut, code == http.StatusGatewayTimeout
	case code == http.StatusSeeOther: // how a server answers a POST that it has carried out
		failure.outcome = lost
	case code >= 500:
		failure.outcome, failure.temporary = lost, code == http.StatusBadGateway || code == http.StatusServiceUnavailable
	}
	if location, err := response.Location(); err == nil && response.StatusCode < 400 {
		failure.Location = oneLine(c.redactor.redactPlace(location), maxLine)
	}
	body, _ := io.ReadAll(io.LimitReader(reader, maxErrorBody)) // the status counts, even if the body cannot be read
	failure.readBody(body, &c.redactor)
}

// unreadableError is a response that arrived whole and is not what the API promises.
type unreadableError struct {
	reason error
	head   []byte // of its body
	cut    bool   // the body is longer than head
}

func (e *unreadableError) Error() string { return e.reason.Error() }

// classify turns err into what it means for the request. parent is the caller's context, ctx the attempt's.
func (c *Client) classify(parent, ctx context.Context, line *connection, failure *Error, err error) {
	var (
		unreadable  *unreadableError
		certificate *tls.CertificateVerificationError
	)
	cause, text := err, err.Error()
	switch {
	case parent.Err() != nil:
		failure.outcome, cause, text = interrupted, parent.Err(), "it was interrupted"
		if line.failed() {
			failure.outcome = refused
		}
	case errors.As(err, &unreadable):
		failure.outcome = lost
		failure.Body = c.redactor.quote(unreadable.head, unreadable.cut)
		text = c.redactor.redactBody(text)
	case errors.Is(err, ErrTooLong):
		failure.outcome = lost
		text = fmt.Sprintf("it is longer than the %d bytes that are read at most", c.config.MaxAnswer)
	case line.failed():
		failure.outcome, failure.temporary = notSent, !errors.As(err, &certificate)
		if ctx.Err() != nil {
			text = fmt.Sprintf("no connection could be made within %s", c.config.RequestTimeout)
		}
	case ctx.Err() != nil:
		failure.outcome, failure.temporary = timedOut, true
		text = fmt.Sprintf("it took longer than %s", c.config.RequestTimeout)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		failure.outcome, failure.temporary = lost, true
		text = "the connection was closed before the response was complete"
	default:
		failure.outcome, failure.temporary = lost, true
	}
	failure.Err = &hiddenError{text: oneLine(c.redactor.redact(text), maxMessage), cause: cause}
}

// ErrTooLong is in the chain of the error for a response that is longer than is read.
var ErrTooLong = errors.New("the response is longer than is read")

// boundedReader reads at most left bytes, keeps the beginning, and remembers what went wrong below it.
type boundedReader struct {
	from io.Reader
	left int64
	head []byte
	err  error
}

// headLength is how much of a body is kept to be quoted in an error.
const headLength = 4 << 10

func (r *boundedReader) Read(p []byte) (int, error) {
	if int64(len(p)) > r.left+1 {
		p = p[:r.left+1]
	}
	n, err := r.from.Read(p)
	if int64(n) > r.left {
		n, err = int(r.left), ErrTooLong
	}
	r.left -= int64(n)
	if room := headLength - len(r.head); room > 0 {
		r.head = append(r.head, p[:min(n, room)]...)
	}
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

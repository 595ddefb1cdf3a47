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

// request describes a request. It can be sent several times.
type request struct {
	operation string // "create the webhook endpoint"
	method    string
	path      []string // unescaped elements below the base URL
	query     url.Values
	body      any // nil: none
	// decode reads the body of a 2xx response, once for each attempt. Nil: the body does not matter.
	decode func(io.Reader) error
	// prepare runs after all waits, right before each attempt. Nil: nothing to prepare.
	prepare func(context.Context) (preparation, error)
	unpaced bool // whether it uses the turn of another request, which it prepares
}

// preparation is the result of preparing a request.
type preparation struct {
	sentRequest bool      // whether preparing used up the turn, so that the prepared request must wait for the next one
	validUntil  time.Time // when the prepared request must be sent at the latest
}

// object returns the kind and the id of the object in the path. Both are empty for a listing.
func (r *request) object() (kind, id string) {
	if len(r.path) < 3 {
		return "", ""
	}
	return r.path[1], r.path[2]
}

func (c *Client) newError(r *request) *Error {
	kind, _ := r.object()
	return &Error{
		Operation:  r.operation,
		Method:     r.method,
		URL:        c.redactor.redact(c.base + joinPath(r.path)),
		RetryAfter: -1,
		kind:       kind,
	}
}

// do sends r, and retries it as long as that may help, MaxRetries allows it, and the operation has time left. After a 429,
// it sends r again whatever MaxRetries is.
func (c *Client) do(ctx context.Context, r *request) error {
	ctx = c.begin(ctx, operationLimit)
	var failure *Error
	for retries, count429 := 0, 0; ; {
		if err := c.prepare(ctx, r, count429); err != nil {
			return c.notSentError(r, failure, err)
		}
		failure = c.attempt(ctx, r)
		r.unpaced = false // a retry needs a turn of its own
		switch {
		case failure == nil:
			c.throttle.succeeded()
			return nil
		case failure.outcome == throttled:
			c.holdBack(failure)
			count429++
			continue
		case failure.StatusCode == http.StatusNotFound:
			c.explainNotFound(ctx, r, failure)
			return failure
		case !failure.isRetryable() || retries >= c.config.MaxRetries:
			return failure
		}
		wait := c.backoff(retries)
		if failure.RetryAfter >= 0 {
			wait = min(failure.RetryAfter, maxRetryAfter) + time.Duration(c.config.Jitter()*float64(firstBackoff))
		}
		if wait > c.left(ctx) {
			return failure
		}
		if err := c.config.Sleep(ctx, wait); err != nil {
			return c.notSentError(r, failure, err)
		}
		retries++
	}
}

// prepare waits until r may be sent, and prepares it. If a 429 arrives meanwhile, it does both again.
func (c *Client) prepare(ctx context.Context, r *request, count429 int) error {
	for {
		if err := c.wait(ctx, count429, r.unpaced); err != nil {
			return err
		}
		if c.left(ctx) <= -c.config.RequestTimeout { // an attempt may end up to one RequestTimeout after the limit
			return errOutOfTime
		}
		if r.prepare == nil {
			return nil
		}
		until := c.throttle.heldUntil()
		prepared, err := r.prepare(ctx)
		if err != nil {
			return err
		}
		if prepared.sentRequest {
			if err := c.waitForNextTurn(ctx, prepared.validUntil); err != nil {
				return err
			}
		}
		if c.left(ctx) < 0 { // unlike a read, a write must have its whole timeout
			return errOutOfTime
		}
		if c.throttle.heldUntil().Equal(until) {
			return nil
		}
	}
}

// notSentError returns the error for a request that was not sent because of err. If err prevented a retry, failure is
// the error of the last attempt.
func (c *Client) notSentError(r *request, failure *Error, err error) error {
	if As(err) != nil { // the request that prepares r failed
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

// explainNotFound sets deleted or Unsupported for a 404 to a request about an endpoint. Prosa's own 404 for this endpoint
// means that it is deleted. Any other 404 can come from a gateway, or from an installation that lacks the operation, so a
// new listing decides. If the listing fails, explainNotFound sets neither.
func (c *Client) explainNotFound(ctx context.Context, r *request, failure *Error) {
	kind, id := r.object()
	if kind != "endpoints" {
		return
	}
	if failure.Status == StatusEndpointNotFound && (failure.contextID == "" || failure.contextID == id) {
		failure.deleted = true
		return
	}
	c.listings.drop()
	l, err := c.listings.get(ctx, c, "", maxAge{sinceResponse: cacheLifetime}, c.takeListing)
	if err != nil {
		return
	}
	_, listed := l.byID[id]
	failure.deleted, failure.Unsupported = !listed, listed
}

// attempt sends r once. The timeout includes the body of the response.
func (c *Client) attempt(parent context.Context, r *request) *Error {
	timeout := c.config.RequestTimeout + min(0, c.left(parent))
	ctx, cancel := context.WithTimeout(parent, timeout)
	defer cancel()

	e := c.newError(r)
	e.sent = c.config.Now()
	var conn connection
	err := c.exchange(httptrace.WithClientTrace(ctx, conn.trace()), r, e)
	if err != nil {
		c.classify(parent, ctx, timeout, &conn, e, err)
	}
	failed := err != nil || !e.is2xx()
	if c.config.Log != nil {
		fields := map[string]any{
			"operation": r.operation, "method": r.method, "url": e.URL, "query": c.redactor.redact(r.query.Encode()),
			"status": e.StatusCode, "milliseconds": c.config.Now().Sub(e.sent).Milliseconds(),
		}
		if failed {
			fields["error"] = e.Reason()
		}
		c.config.Log(parent, "request to the Prosa API", fields)
	}
	if failed {
		return e
	}
	return nil
}

// connection records whether an attempt requested a connection, and whether one was made.
type connection struct{ requested, made atomic.Bool }

func (conn *connection) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { conn.requested.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { conn.made.Store(true) },
	}
}

// failed reports whether no connection could be made. The API then cannot have received the request.
func (conn *connection) failed() bool { return conn.requested.Load() && !conn.made.Load() }

// exchange sends r and reads the response. It copies the status to e, and also the body if the status is not 2xx. It
// fails if there is no response, or an unreadable one.
func (c *Client) exchange(ctx context.Context, r *request, e *Error) error {
	httpRequest, err := c.newHTTPRequest(ctx, r)
	if err != nil {
		return err
	}
	response, err := c.config.Transport.RoundTrip(httpRequest) // not an http.Client, which follows redirects
	if err != nil {
		return err
	}
	defer response.Body.Close()
	e.StatusCode = response.StatusCode
	e.RetryAfter = parseRetryAfter(response.Header, c.config.Now())

	reader := &recordingReader{from: http.MaxBytesReader(nil, response.Body, c.config.MaxResponseSize)}
	switch {
	case !e.is2xx():
		c.readError(reader, response, e)
		return nil
	case r.decode == nil:
		_, _ = io.CopyN(io.Discard, response.Body, maxErrorBody) // so that the connection can be reused
		return nil
	}
	err = r.decode(reader)
	if err != nil && reader.err == nil {
		return &unreadableError{reason: err, head: reader.head, cut: len(reader.head) == headLength}
	}
	return reader.err
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
		if !strings.EqualFold(name, "accept-encoding") { // net/http decompresses only if it sets this header itself
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

// readError copies a response whose status is not 2xx to e.
func (c *Client) readError(reader io.Reader, response *http.Response, e *Error) {
	switch code := response.StatusCode; {
	case code == http.StatusTooManyRequests:
		e.outcome = throttled
	case code == http.StatusServiceUnavailable && e.RetryAfter >= 0:
		e.outcome = unavailable
	case code == http.StatusGatewayTimeout || code == http.StatusRequestTimeout:
		e.outcome, e.temporary = timedOut, code == http.StatusGatewayTimeout
	case code == http.StatusSeeOther: // the response of some servers to a POST that succeeded
		e.outcome = lost
	case code >= 500:
		e.outcome, e.temporary = lost, code == http.StatusBadGateway || code == http.StatusServiceUnavailable
	}
	if location, err := response.Location(); err == nil && response.StatusCode < 400 {
		e.Location = oneLine(c.redactor.redactURL(location), maxLine)
	}
	body, _ := io.ReadAll(io.LimitReader(reader, maxErrorBody)) // without the body, the status still counts
	e.readBody(body, &c.redactor)
}

// unreadableError is the error for a response that is complete, but does not match the API's documentation.
type unreadableError struct {
	reason error
	head   []byte // of its body
	cut    bool   // whether the body is longer than head
}

func (e *unreadableError) Error() string { return e.reason.Error() }

// classify sets the outcome and the text of e from err. parent is the caller's context, ctx that of the attempt.
func (c *Client) classify(parent, ctx context.Context, timeout time.Duration, conn *connection, e *Error, err error) {
	var (
		unreadable  *unreadableError
		tooLong     *http.MaxBytesError
		certificate *tls.CertificateVerificationError
	)
	cause, text := err, err.Error()
	switch {
	case parent.Err() != nil:
		e.outcome, cause, text = interrupted, parent.Err(), "it was interrupted"
		if conn.failed() {
			e.outcome = refused
		}
	case errors.As(err, &unreadable):
		e.outcome = lost
		e.Body = c.redactor.quote(unreadable.head, unreadable.cut)
		text = c.redactor.redactBody(text)
	case errors.As(err, &tooLong):
		e.outcome, cause = lost, ErrTooLong
		text = fmt.Sprintf("it is longer than the %d bytes that are read at most", tooLong.Limit)
	case conn.failed():
		if !errors.As(err, &certificate) {
			e.outcome = unavailable
		}
		if ctx.Err() != nil {
			text = fmt.Sprintf("no connection could be made within %s", timeout.Round(time.Millisecond))
		}
	case ctx.Err() != nil:
		e.outcome, e.temporary = timedOut, true
		text = fmt.Sprintf("it took longer than %s", timeout.Round(time.Millisecond))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		e.outcome, e.temporary = lost, true
		text = "the connection was closed before the response was complete"
	default:
		e.outcome, e.temporary = lost, true
	}
	e.Err = &hiddenError{text: oneLine(c.redactor.redact(text), maxMessage), cause: cause}
}

// ErrTooLong is in the chain of the error for a response that is longer than Config.MaxResponseSize.
var ErrTooLong = errors.New("the response is longer than is read")

// recordingReader keeps the first bytes that it reads, and the error.
type recordingReader struct {
	from io.Reader
	head []byte
	err  error // not io.EOF
}

// headLength is how many bytes of a body recordingReader keeps, for an error to quote.
const headLength = 4 << 10

func (r *recordingReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.head = append(r.head, p[:min(n, headLength-len(r.head))]...)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

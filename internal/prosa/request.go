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
	"sync/atomic"
)

// request is one operation of the API, ready to be attempted any number of times.
type request struct {
	operation string   // "create the endpoint"
	method    string   // of HTTP
	path      []string // unescaped elements below the base
	query     url.Values
	body      any // nil: none
	// decode reads the answer's body, which is bounded. It may be called once for each attempt.
	decode func(io.Reader) error
}

func (c *Client) newError(r *request) *Error {
	e := &Error{
		Operation:  r.operation,
		Method:     r.method,
		URL:        c.secrets.redact(c.base + joinPath(r.path)),
		RetryAfter: -1,
	}
	if len(r.path) > 2 {
		e.missing = missing[r.path[1]]
	}
	return e
}

// attempt sends r once. The time-out covers the whole of the answer.
func (c *Client) attempt(parent context.Context, r *request) *Error {
	started := c.config.Now()
	ctx, cancel := context.WithTimeout(parent, c.config.RequestTimeout)
	defer cancel()

	failure := c.newError(r)
	url := failure.URL
	var line connection
	code, err := c.exchange(httptrace.WithClientTrace(ctx, line.trace()), r, failure)
	if err != nil {
		c.classify(parent, ctx, &line, failure, err)
	} else if failure.ok() {
		failure = nil
	}

	fields := map[string]any{
		"operation": r.operation, "method": r.method, "url": url, "query": c.secrets.redact(r.query.Encode()),
		"status": code, "milliseconds": c.config.Now().Sub(started).Milliseconds(),
	}
	if failure != nil {
		fields["error"] = failure.Reason()
	}
	c.config.Log(parent, "request to the Prosa API", fields)
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

// exchange sends r and reads the answer. An answer with an error status fills in failure; err is for everything that
// keeps an answer from being read.
func (c *Client) exchange(ctx context.Context, r *request, failure *Error) (int, error) {
	var body io.Reader
	if r.body != nil {
		encoded, err := json.Marshal(r.body)
		if err != nil {
			return 0, err
		}
		body = bytes.NewReader(encoded)
	}
	httpRequest, err := http.NewRequestWithContext(ctx, r.method, c.url(r.path, r.query), body)
	if err != nil {
		return 0, err
	}
	httpRequest.Header.Set("Accept", "application/json")
	for name, value := range c.config.Headers {
		httpRequest.Header.Set(name, value)
	}
	httpRequest.Header.Set("User-Agent", c.config.UserAgent)
	httpRequest.Header.Set("X-Api-Key", c.config.APIKey)
	if r.body != nil {
		httpRequest.Header.Set("Content-Type", "application/json")
	}

	response, err := c.config.Transport.RoundTrip(httpRequest) // not an http.Client: that reads redirects
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	failure.StatusCode = response.StatusCode
	failure.RetryAfter = parseRetryAfter(response.Header.Get("Retry-After"), c.config.Now())

	reader := &boundedReader{from: response.Body, left: c.config.MaxAnswer}
	if !failure.ok() {
		c.readRefusal(reader, response, failure)
		return response.StatusCode, nil
	}
	if err := r.decode(reader); err != nil {
		if reader.err != nil {
			return response.StatusCode, reader.err
		}
		return response.StatusCode, &unreadableError{reason: err, head: string(reader.head)}
	}
	// What follows the JSON is white space at most: read on, so that the connection can be used again.
	if _, err := io.Copy(io.Discard, reader); err != nil {
		return response.StatusCode, err
	}
	return response.StatusCode, nil
}

// readRefusal fills in failure from an answer whose status is not 2xx.
func (c *Client) readRefusal(reader io.Reader, response *http.Response, failure *Error) {
	switch code := response.StatusCode; {
	case code == http.StatusTooManyRequests:
		failure.outcome = throttled
	case code == http.StatusServiceUnavailable && failure.RetryAfter >= 0:
		failure.outcome, failure.temporary = unavailable, true
	case code == http.StatusGatewayTimeout || code == http.StatusRequestTimeout:
		failure.outcome, failure.temporary = timedOut, code == http.StatusGatewayTimeout
	case code >= 500:
		failure.outcome, failure.temporary = lost, code == http.StatusBadGateway || code == http.StatusServiceUnavailable
	}
	if location, err := response.Location(); err == nil && response.StatusCode < 400 {
		failure.Location = oneLine(c.secrets.redactPlace(location), maxLine)
	}
	body, _ := io.ReadAll(io.LimitReader(reader, 64<<10)) // an error's status counts, whatever becomes of its body
	failure.readErrorBody(body, &c.secrets)
}

// unreadableError is an answer that arrived whole and is not what the API promises.
type unreadableError struct {
	reason error
	head   string
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
		failure.Body = firstLine(c.secrets.redactBody(unreadable.head))
		text = c.secrets.redactBody(text)
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
		text = "the connection was closed before the answer was complete"
	default:
		failure.outcome, failure.temporary = lost, true
	}
	failure.Err = &hiddenError{text: oneLine(c.secrets.redact(text), maxMessage), cause: cause}
}

// ErrTooLong is in the chain of the error for an answer that is longer than is read.
var ErrTooLong = errors.New("the answer is longer than is read")

// boundedReader reads at most left bytes, keeps the beginning, and remembers what went wrong below it.
type boundedReader struct {
	from io.Reader
	left int64
	head []byte
	err  error
}

const headLength = 2 << 10

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

// decodeJSON reads exactly one JSON value into target and hands it to check.
func decodeJSON[T any](target *T, check func(*T) error) func(io.Reader) error {
	return func(body io.Reader) error {
		var value T
		decoder := json.NewDecoder(body)
		if err := decoder.Decode(&value); err != nil {
			return describeJSONError(err)
		}
		if err := onlySpaceLeft(decoder); err != nil {
			return err
		}
		*target = value
		return check(target)
	}
}

// decodeList reads a JSON list element by element, so that no more of it is in memory than the caller keeps.
// prepare gives the value that the next element is decoded into.
func decodeList[T any](prepare func() T, each func(T) error) func(io.Reader) error {
	return func(body io.Reader) error {
		decoder := json.NewDecoder(body)
		opening, err := decoder.Token()
		if err != nil {
			return describeJSONError(err)
		}
		if opening != json.Delim('[') {
			return errors.New("it is not a JSON list")
		}
		for decoder.More() {
			element := prepare()
			if err := decoder.Decode(&element); err != nil {
				return describeJSONError(err)
			}
			if err := each(element); err != nil {
				return err
			}
		}
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return describeJSONError(io.ErrUnexpectedEOF)
		} else if err != nil {
			return describeJSONError(err)
		}
		return onlySpaceLeft(decoder)
	}
}

func onlySpaceLeft(decoder *json.Decoder) error {
	if _, err := decoder.Token(); err == nil {
		return errors.New("there is more after the JSON value")
	} else if !errors.Is(err, io.EOF) {
		return describeJSONError(err)
	}
	return nil
}

func describeJSONError(err error) error {
	var (
		syntax *json.SyntaxError
		typed  *json.UnmarshalTypeError
	)
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("it is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the JSON ends in the middle")
	case errors.As(err, &syntax):
		return errors.New("it is not JSON")
	case errors.As(err, &typed) && typed.Field != "":
		return fmt.Errorf("%q is a JSON %s, which is not what the API promises", typed.Field, firstWord(typed.Value))
	case errors.As(err, &typed):
		return fmt.Errorf("it holds a JSON %s where the API promises something else", firstWord(typed.Value))
	}
	return err
}

// firstWord leaves the value itself out of json's "number 12".
func firstWord(s string) string {
	for i, r := range s {
		if r == ' ' {
			return s[:i]
		}
	}
	return s
}

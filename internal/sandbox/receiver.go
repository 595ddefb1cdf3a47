package sandbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxReply is the maximum size of a receiver's answer that is kept, in bytes.
const maxReply = 64 << 10

// DeliveryRequest is the request that a delivery sends to a receiver.
type DeliveryRequest struct {
	Method          string
	URL             string
	Headers         map[string]string // names in lower case, including x-prosa-signature
	Body            []byte            // the body that is signed
	SSLVerification bool              // whether to verify the receiver's certificate
}

// DeliveryResult is a receiver's answer. The zero value means that it did not answer.
type DeliveryResult struct {
	Status  int // 0: no answer, and the rest does not matter
	Headers map[string]string
	Body    string
	Elapsed time.Duration
}

// deliveryHeaders returns the headers that the API reference shows for a delivery, as far as the endpoint and the event are
// known.
func (s *Server) deliveryHeaders(endpoint Endpoint, eventID, eventType string, body json.RawMessage, at time.Time) map[string]string {
	headers := map[string]string{
		"accept":             "*/*",
		"accept-encoding":    "gzip, deflate, br",
		"connection":         "keep-alive",
		"content-length":     strconv.Itoa(len(body)),
		"content-type":       "application/json",
		"user-agent":         "prosa-speech-api",
		"x-prosa-event-uuid": eventID,
	}
	if eventType != "" {
		headers["x-prosa-event"] = eventType
	}
	if u, err := url.Parse(endpoint.URL); err == nil && u.Host != "" {
		headers["host"] = u.Host
	}
	if keys := endpoint.keys(); len(keys) > 0 {
		headers["x-prosa-signature"] = s.sign(keys, at, body)
	}
	return headers
}

// acceptDelivery accepts every delivery immediately, without sending it.
func acceptDelivery(now time.Time) DeliveryResult {
	return DeliveryResult{
		Status:  http.StatusOK,
		Headers: map[string]string{"content-length": "0", "date": now.UTC().Format(http.TimeFormat), "server": "sandbox"},
		Elapsed: time.Millisecond,
	}
}

// answered returns the delivery with the receiver's answer.
func (d Delivery) answered(r DeliveryResult) Delivery {
	if r.Status == 0 {
		return d
	}
	if r.Headers == nil {
		r.Headers = map[string]string{}
	}
	seconds := r.Elapsed.Seconds()
	d.ResponseStatus, d.ResponseHeaders, d.ResponseBody, d.ElapsedTime = &r.Status, r.Headers, &r.Body, &seconds
	return d
}

// HTTPReceiver is a [Server].Receiver that sends deliveries over HTTP, but only to receivers on this machine: see
// [IsLocal]. It gives up after ten seconds, does not follow redirects, and keeps at most 64 KiB of a response. It
// verifies certificates only if the endpoint asks for it.
func HTTPReceiver(ctx context.Context, r DeliveryRequest) DeliveryResult {
	if !IsLocal(r.URL) {
		return DeliveryResult{}
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return DeliveryResult{}
	}
	for name, text := range r.Headers {
		switch name {
		case "host", "connection", "content-length", "accept-encoding":
			// net/http sets the headers of the connection itself.
		default:
			request.Header.Set(name, text)
		}
	}
	client := http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{ // without a proxy, which could send the delivery to another machine
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{InsecureSkipVerify: !r.SSLVerification}, //nolint:gosec // the endpoint decides
		},
	}
	start := time.Now()
	response, err := client.Do(request)
	if err != nil {
		return DeliveryResult{}
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxReply))
	if err != nil {
		return DeliveryResult{}
	}
	headers := map[string]string{}
	for name, values := range response.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return DeliveryResult{
		Status: response.StatusCode, Headers: headers, Body: strings.ToValidUTF8(string(body), "\uFFFD"), Elapsed: time.Since(start),
	}
}

// IsLocal reports whether a URL is that of a receiver on this machine.
func IsLocal(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (strings.EqualFold(u.Hostname(), "localhost") || net.ParseIP(u.Hostname()).IsLoopback())
}

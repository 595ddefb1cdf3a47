package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// exchange is one request and its response.
type exchange struct {
	operation string // such as "GET /webhooks/endpoints/{id}"
	status    int
	header    http.Header
	body      []byte
	date      time.Time // of the response, by the API's clock
}

// recorder is the transport of every request. It keeps the responses, and rejects requests about other objects than the
// command's own.
type recorder struct {
	basePath string

	mu        sync.Mutex
	exchanges []exchange
	problem   error           // the last failure of the network or a gateway
	own       map[string]bool // ids that the command may change
	foreign   map[string]bool // endpoints that existed before, which the command must not even read
}

// maxBody is the maximum size of a response that is read; the provider's client has the same limit.
const maxBody = 64 << 20

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	elements := strings.Split(strings.TrimPrefix(request.URL.EscapedPath(), r.basePath+"/"), "/")
	if !r.allows(request.Method, elements) {
		return nil, fmt.Errorf("refused to send a %s about an object that this command has not created", request.Method)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	var body []byte
	if err == nil {
		body, err = io.ReadAll(io.LimitReader(response.Body, maxBody))
		_ = response.Body.Close()
		response.Body = io.NopCloser(bytes.NewReader(body))
	}
	if err != nil {
		_ = r.swapProblem(errors.New("the connection failed or timed out")) // err names the host
		return nil, err
	}
	if status := response.StatusCode; status >= http.StatusBadGateway && status <= http.StatusGatewayTimeout {
		_ = r.swapProblem(fmt.Errorf("the response to a %s was %d, as from a gateway", request.Method, status))
	}
	if len(elements) > 2 && elements[2] != "" {
		elements[2] = "{id}"
	}
	date, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil {
		date = time.Now()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchanges = append(r.exchanges, exchange{
		operation: request.Method + " /" + strings.Join(elements, "/"),
		status:    response.StatusCode, header: response.Header, body: body, date: date,
	})
	return response, nil
}

// allows reports whether a request may be sent: lists and the create, requests about the command's own objects, and
// reads of endpoints that did not exist before.
func (r *recorder) allows(method string, elements []string) bool {
	if len(elements) < 3 || elements[2] == "" {
		return method == http.MethodGet || method == http.MethodPost && slices.Equal(elements, []string{"webhooks", "endpoints"})
	}
	id, err := url.PathUnescape(elements[2])
	r.mu.Lock()
	defer r.mu.Unlock()
	return err == nil && (r.own[id] || method == http.MethodGet && elements[1] == "endpoints" && len(elements) == 3 && !r.foreign[id])
}

// swapProblem sets the problem and returns the previous one.
func (r *recorder) swapProblem(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	previous := r.problem
	r.problem = err
	return previous
}

// claim records an object as the command's own.
func (r *recorder) claim(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.own[id] = true
}

// all returns the exchanges of an operation, oldest first; "" selects all operations.
func (r *recorder) all(operation string) []exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.exchanges), func(e exchange) bool { return operation != "" && e.operation != operation })
}

// last returns the newest exchange of an operation that did not get a 429. The zero value means that there is none.
func (r *recorder) last(operation string) exchange {
	for _, e := range slices.Backward(r.all(operation)) {
		if e.status != http.StatusTooManyRequests {
			return e
		}
	}
	return exchange{}
}

// get sends a request that the provider's client never sends. path begins with "/webhooks/" and can have a query. The
// zero value means that there was no response.
func (s *session) get(ctx context.Context, path string) exchange {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.baseURL+path, http.NoBody)
		if err != nil {
			return exchange{}
		}
		request.Header.Set("X-Api-Key", s.apiKey)
		response, err := s.wire.RoundTrip(request) // not an http.Client, which follows redirects
		if err != nil {
			return exchange{}
		}
		_ = response.Body.Close() // the recorder has already read it
		if response.StatusCode != http.StatusTooManyRequests {
			return s.wire.last("")
		}
		seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
		if pause(ctx, time.Duration(max(1, seconds))*time.Second) != nil {
			return exchange{}
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Operation names one operation of the API reference. The sandbox command's -fault uses the same names.
type Operation string

// The operations of the API reference.
const (
	OpListEndpoints          Operation = "list-endpoints"           // GET /webhooks/endpoints
	OpCreateEndpoint         Operation = "create-endpoint"          // POST /webhooks/endpoints
	OpGetEndpoint            Operation = "get-endpoint"             // GET /webhooks/endpoints/{endpoint_id}
	OpUpdateEndpoint         Operation = "update-endpoint"          // PUT /webhooks/endpoints/{endpoint_id}
	OpDeleteEndpoint         Operation = "delete-endpoint"          // DELETE /webhooks/endpoints/{endpoint_id}
	OpListDeliveries         Operation = "list-deliveries"          // GET /webhooks/endpoints/{endpoint_id}/deliveries
	OpRotateSecret           Operation = "rotate-secret"            // POST /webhooks/endpoints/{endpoint_id}/secret
	OpSendTestEvent          Operation = "send-test-event"          // POST /webhooks/endpoints/{endpoint_id}/test
	OpReplayFailedDeliveries Operation = "replay-failed-deliveries" // POST /webhooks/endpoints/{endpoint_id}/replay-failed-deliveries
	OpListEvents             Operation = "list-events"              // GET /webhooks/events
	OpGetEvent               Operation = "get-event"                // GET /webhooks/events/{event_id}
	OpReplayDelivery         Operation = "replay-delivery"          // POST /webhooks/deliveries/{delivery_id}/replay

	// OpUnknown is any other request: an unknown path, or a wrong method on a known path.
	OpUnknown Operation = "unknown"
)

// Operations returns the operations of the API reference, without OpUnknown.
func Operations() []Operation {
	var ops []Operation
	for _, r := range routes() {
		ops = append(ops, r.operation)
	}
	return ops
}

// route describes what an operation accepts. Its pattern is that of http.ServeMux, without [Server].BasePath.
type route struct {
	operation Operation
	pattern   string
	dated     bool // takes from_date and to_date
	body      bool // takes a JSON object
	handle    func(*Account, *call) answer
}

func routes() []route {
	const endpoint = "/webhooks/endpoints/{endpoint_id}"
	return []route{
		{operation: OpListEndpoints, pattern: "GET /webhooks/endpoints", handle: (*Account).listEndpoints},
		{operation: OpCreateEndpoint, pattern: "POST /webhooks/endpoints", body: true, handle: (*Account).createEndpoint},
		{operation: OpGetEndpoint, pattern: "GET " + endpoint, handle: (*Account).getEndpoint},
		{operation: OpUpdateEndpoint, pattern: "PUT " + endpoint, body: true, handle: (*Account).updateEndpoint},
		{operation: OpDeleteEndpoint, pattern: "DELETE " + endpoint, handle: (*Account).deleteEndpoint},
		{operation: OpListDeliveries, pattern: "GET " + endpoint + "/deliveries", dated: true, handle: (*Account).listDeliveries},
		{operation: OpRotateSecret, pattern: "POST " + endpoint + "/secret", body: true, handle: (*Account).rotateSecret},
		{operation: OpSendTestEvent, pattern: "POST " + endpoint + "/test", handle: (*Account).sendTestEvent},
		{operation: OpReplayFailedDeliveries, pattern: "POST " + endpoint + "/replay-failed-deliveries", handle: (*Account).replayFailedDeliveries},
		{operation: OpListEvents, pattern: "GET /webhooks/events", dated: true, handle: (*Account).listEvents},
		{operation: OpGetEvent, pattern: "GET /webhooks/events/{event_id}", handle: (*Account).getEvent},
		{operation: OpReplayDelivery, pattern: "POST /webhooks/deliveries/{delivery_id}/replay", handle: (*Account).replayDelivery},
	}
}

// parameter returns the name of the path's only parameter, which is an id; empty if there is none.
func (r route) parameter() string {
	_, after, _ := strings.Cut(r.pattern, "{")
	name, _, _ := strings.Cut(after, "}")
	return name
}

// handler serves the requests of one route or, if refuse is set, those that match no operation.
type handler struct {
	*Server
	route  route
	refuse func(*http.Request) answer
}

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.serve(w, r, h) }

func (s *Server) noOperation(refuse func(*http.Request) answer) handler {
	return handler{s, route{operation: OpUnknown}, refuse}
}

// newMux registers the operations, and refuses other methods on their paths.
func (s *Server) newMux() *http.ServeMux {
	mux := http.NewServeMux()
	allowed := map[string][]string{}
	for _, r := range routes() {
		method, path, _ := strings.Cut(r.pattern, " ")
		path = s.basePath() + path
		if s.Quirks.TrailingSlash {
			path += "/{$}"
		}
		allowed[path] = append(allowed[path], method)
		mux.Handle(method+" "+path, handler{Server: s, route: r})
	}
	for path, methods := range allowed {
		refuse := s.noOperation(s.wrongMethod(methods))
		mux.Handle(path, refuse)
		mux.Handle("HEAD "+path, refuse) // otherwise, the pattern for GET includes HEAD
		if slashless, ok := strings.CutSuffix(path, "/{$}"); ok {
			mux.Handle(slashless, s.noOperation(addSlash))
		}
	}
	return mux
}

// ServeHTTP answers one request. ServeMux redirects paths that are not clean, and has its own answer for unknown paths.
// The API does neither, so all of these get the API's answer for unknown paths.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.once.Do(func() { s.mux = s.newMux() })
	found, _ := s.mux.Handler(r)
	if _, ok := found.(handler); !ok {
		s.serve(w, r, s.noOperation(s.unknownPath))
		return
	}
	s.mux.ServeHTTP(w, r) // unlike Handler, sets the request's path values
}

// unknownPath and wrongMethod answer in FastAPI's form, because the framework answers before the API does.
func (s *Server) unknownPath(*http.Request) answer {
	return s.detail(http.StatusNotFound, "Not Found")
}

func (s *Server) wrongMethod(allowed []string) func(*http.Request) answer {
	slices.Sort(allowed)
	return func(*http.Request) answer {
		refused := s.detail(http.StatusMethodNotAllowed, "Method Not Allowed")
		refused.header = http.Header{"Allow": {strings.Join(allowed, ", ")}}
		return refused
	}
}

// addSlash redirects to the path with a trailing slash.
func addSlash(r *http.Request) answer {
	to := url.URL{Path: r.URL.Path + "/", RawPath: r.URL.EscapedPath() + "/", RawQuery: r.URL.RawQuery}
	return answer{status: http.StatusTemporaryRedirect, header: http.Header{"Location": {to.RequestURI()}}}
}

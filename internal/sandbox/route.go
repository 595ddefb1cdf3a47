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

// route describes what an operation accepts. A path has at most one parameter, in braces, which is an id.
type route struct {
	operation Operation
	method    string
	path      string
	dated     bool // takes from_date and to_date
	body      bool // takes a JSON object
	handle    func(*Account, *call, *input) answer
}

func routes() []route {
	const endpoint = "/webhooks/endpoints/{endpoint_id}"
	return []route{
		{operation: OpListEndpoints, method: http.MethodGet, path: "/webhooks/endpoints", handle: (*Account).listEndpoints},
		{operation: OpCreateEndpoint, method: http.MethodPost, path: "/webhooks/endpoints", body: true, handle: (*Account).createEndpoint},
		{operation: OpGetEndpoint, method: http.MethodGet, path: endpoint, handle: (*Account).getEndpoint},
		{operation: OpUpdateEndpoint, method: http.MethodPut, path: endpoint, body: true, handle: (*Account).updateEndpoint},
		{operation: OpDeleteEndpoint, method: http.MethodDelete, path: endpoint, handle: (*Account).deleteEndpoint},
		{operation: OpListDeliveries, method: http.MethodGet, path: endpoint + "/deliveries", dated: true, handle: (*Account).listDeliveries},
		{operation: OpRotateSecret, method: http.MethodPost, path: endpoint + "/secret", body: true, handle: (*Account).rotateSecret},
		{operation: OpSendTestEvent, method: http.MethodPost, path: endpoint + "/test", handle: (*Account).sendTestEvent},
		{operation: OpReplayFailedDeliveries, method: http.MethodPost, path: endpoint + "/replay-failed-deliveries", handle: (*Account).replayFailedDeliveries},
		{operation: OpListEvents, method: http.MethodGet, path: "/webhooks/events", dated: true, handle: (*Account).listEvents},
		{operation: OpGetEvent, method: http.MethodGet, path: "/webhooks/events/{event_id}", handle: (*Account).getEvent},
		{operation: OpReplayDelivery, method: http.MethodPost, path: "/webhooks/deliveries/{delivery_id}/replay", handle: (*Account).replayDelivery},
	}
}

// match finds the route of a request, and the name and value of its path parameter. If there is no route, allowed holds
// the methods of the path; it is empty if the path is unknown.
//
// http.ServeMux redirects paths with doubled slashes, answers HEAD on GET routes, and writes its own 404 and 405. But
// faults and the request log need the operation before anything is answered.
func match(method, path string) (found *route, name, value string, allowed []string) {
	for _, r := range routes() {
		n, v, ok := matchPath(r.path, path)
		if !ok {
			continue
		}
		if r.method == method {
			return &r, n, v, nil
		}
		allowed = append(allowed, r.method)
	}
	slices.Sort(allowed)
	return nil, "", "", allowed
}

// find routes a request by its path below BasePath.
func (s *Server) find(c *call, r *http.Request, path string) {
	slashed := false
	if s.Quirks.TrailingSlash {
		path, slashed = strings.CutSuffix(path, "/")
	}
	c.route, c.parameter, c.value, c.allowed = match(r.Method, path)
	if known := c.route != nil || c.allowed != nil; s.Quirks.TrailingSlash && !slashed && known {
		to := url.URL{Path: r.URL.Path + "/", RawPath: r.URL.EscapedPath() + "/", RawQuery: r.URL.RawQuery}
		c.route, c.slashed = nil, to.RequestURI()
	}
}

// matchPath compares the escaped path segment by segment, so that an escaped slash belongs to its segment. It does not
// clean up doubled or trailing slashes, because these are mistakes of the client.
func matchPath(pattern, path string) (name, value string, ok bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return "", "", false
	}
	for i := range want {
		segment, err := url.PathUnescape(got[i])
		if strings.HasPrefix(want[i], "{") && segment != "" {
			name, value = strings.Trim(want[i], "{}"), segment
		} else if err != nil || want[i] != segment {
			return "", "", false
		}
	}
	return name, value, true
}

// unrouted answers a request that matches no operation, in FastAPI's form.
func (s *Server) unrouted(c *call) answer {
	switch {
	case c.slashed != "":
		return answer{status: http.StatusTemporaryRedirect, header: http.Header{"Location": {c.slashed}}}
	case len(c.allowed) > 0:
		refused := s.detail(http.StatusMethodNotAllowed, value("Method Not Allowed"))
		refused.header = http.Header{"Allow": {strings.Join(c.allowed, ", ")}}
		return refused
	}
	return s.detail(http.StatusNotFound, value("Not Found"))
}

package main

import (
	"bufio"
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// controlPath is where a running sandbox is told what to do next. The real API has nothing there.
const controlPath = "/sandbox/"

// maxControl is how much is read of what it is told, in bytes.
const maxControl = 1 << 20

// control changes a sandbox while it runs, so that its endpoints need not be given up for it.
type control struct {
	server  *sandbox.Server
	apiKey  string // empty: any
	deliver func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult
	out     *console
}

// handler serves the API, and beside it what controls it.
func (c *control) handler() http.Handler {
	controls := http.NewServeMux()
	controls.HandleFunc("POST "+controlPath+"faults", c.addFaults)
	controls.HandleFunc("DELETE "+controlPath+"faults", c.clearFaults)
	controls.HandleFunc("POST "+controlPath+"events", c.sendEvent)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.HasPrefix(r.URL.Path, controlPath):
			c.server.ServeHTTP(w, r)
		case !c.allowed(r.Header.Get("x-api-key")):
			http.Error(w, "The header x-api-key must have the sandbox's key.", http.StatusUnauthorized)
		default:
			r.Body = http.MaxBytesReader(w, r.Body, maxControl)
			controls.ServeHTTP(w, r)
		}
	})
}

// allowed asks for the key not as a secret, but as a header that no web page can send here without being asked.
func (c *control) allowed(key string) bool {
	return key != "" && (c.apiKey == "" || subtle.ConstantTimeCompare([]byte(key), []byte(c.apiKey)) == 1)
}

// addFaults reads faults as -fault has them, one a line: all of them are right, or none is taken.
func (c *control) addFaults(w http.ResponseWriter, r *http.Request) {
	var faults []sandbox.Fault
	lines := bufio.NewScanner(r.Body)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		fault, err := parseFault(line)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		faults = append(faults, fault)
	}
	if err := lines.Err(); err != nil || len(faults) == 0 {
		http.Error(w, "Send faults as -fault has them, one a line, like update-endpoint=503:2.", http.StatusBadRequest)
		return
	}
	for _, fault := range faults {
		c.server.Inject(fault)
	}
	c.out.print("          faults added: %d", len(faults))
	w.WriteHeader(http.StatusNoContent)
}

func (c *control) clearFaults(w http.ResponseWriter, _ *http.Request) {
	c.server.ClearFaults()
	c.out.print("          faults removed")
	w.WriteHeader(http.StatusNoContent)
}

// sendEvent makes an event happen, as a speech job that ends does, and tells it to every endpoint that wants its type.
func (c *control) sendEvent(w http.ResponseWriter, r *http.Request) {
	var sent struct {
		EventType string          `json:"event_type"`
		Data      json.RawMessage `json:"data"`
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&sent); err != nil || sent.EventType == "" {
		http.Error(w, `Send an object like {"event_type": "stt.jobs.completed", "data": {"job_id": "1"}}.`, http.StatusBadRequest)
		return
	}
	event := c.server.AddEvent(sandbox.Event{Type: sent.EventType, Data: sent.Data})
	var outcomes strings.Builder
	for _, endpoint := range c.server.Endpoints() {
		if len(endpoint.EventFilters) == 0 || slices.Contains(endpoint.EventFilters, event.Type) {
			fmt.Fprintln(&outcomes, c.tell(r.Context(), endpoint, event))
		}
	}
	if outcomes.Len() == 0 {
		fmt.Fprintf(&outcomes, "No endpoint wants events of the type %s.\n", event.Type)
	}
	_, _ = w.Write([]byte(outcomes.String()))
}

// tell delivers an event to an endpoint and says what came of it.
func (c *control) tell(ctx context.Context, endpoint sandbox.Endpoint, event sandbox.Event) string {
	var keys []string
	for _, secret := range endpoint.Secrets {
		keys = append(keys, secret.Key)
	}
	now := time.Now()
	headers := map[string]string{
		"accept":             "*/*",
		"content-length":     strconv.Itoa(len(event.Data)),
		"content-type":       "application/json",
		"user-agent":         "prosa-speech-api",
		"x-prosa-event":      event.Type,
		"x-prosa-event-uuid": event.ID,
	}
	if len(keys) > 0 {
		headers["x-prosa-signature"] = sandbox.Sign(keys, now, event.Data)
	}
	request := sandbox.DeliveryRequest{
		EndpointID: endpoint.ID, EventID: event.ID, EventType: event.Type,
		Method: http.MethodPost, URL: endpoint.URL, Headers: headers, Body: event.Data, SSLVerification: endpoint.SSLVerification,
	}
	result := sandbox.DeliveryResult{Status: http.StatusOK, Headers: map[string]string{}}
	if c.deliver != nil {
		result = c.deliver(ctx, request)
	}
	delivery := sandbox.Delivery{
		EventID: event.ID, EndpointID: endpoint.ID, DeliveredAt: now,
		RequestMethod: request.Method, RequestHeaders: headers, RequestBody: event.Data,
	}
	if result.Status != 0 {
		seconds := result.Elapsed.Seconds()
		delivery.ResponseStatus, delivery.ResponseHeaders = &result.Status, result.Headers
		delivery.ResponseBody, delivery.ElapsedTime = &result.Body, &seconds
	}
	c.server.AddDelivery(delivery)
	return outcome(request, result)
}

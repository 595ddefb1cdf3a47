package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// controlPath is the path that controls a running sandbox. The real API has nothing there.
const controlPath = "/sandbox/"

// maxControl is the maximum size of a control request's body, in bytes.
const maxControl = 1 << 20

// control changes a sandbox while it runs, so that users do not lose their endpoints to a restart.
type control struct {
	server  *sandbox.Server
	apiKeys []string // none: any
	out     *console
}

// handler serves the API and the control paths.
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

// allowed requires a key, although it protects no secret: a web page cannot send this header without a CORS preflight.
func (c *control) allowed(key string) bool {
	return key != "" && (len(c.apiKeys) == 0 || slices.Contains(c.apiKeys, key))
}

// addFaults adds faults in the format of -fault, one per line. If one of them is invalid, it adds none.
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
		http.Error(w, "Send faults in the format of -fault, one per line, such as update-endpoint=503:2.", http.StatusBadRequest)
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

// sendEvent records an event in the account of the key, as a finished speech job does, and delivers it to every
// endpoint there whose filters include its type.
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
	account := c.server.Account(r.Header.Get("x-api-key"))
	event, told := account.Send(sandbox.Event{Type: sent.EventType, Data: sent.Data}) //nolint:contextcheck // a delivery outlives the request
	if len(told) == 0 {
		_, _ = fmt.Fprintf(w, "No endpoint wants events of the type %s.\n", event.Type)
		return
	}
	c.server.Wait() // until the receivers have answered
	for _, endpoint := range told {
		for _, d := range account.Deliveries(endpoint.ID) {
			if d.EventID == event.ID {
				_, _ = fmt.Fprintln(w, outcome(event.Type, endpoint.URL, resultOf(d)))
			}
		}
	}
}

func resultOf(d sandbox.Delivery) (r sandbox.DeliveryResult) {
	if d.ResponseStatus != nil {
		r.Status = *d.ResponseStatus
	}
	if d.ElapsedTime != nil {
		r.Elapsed = time.Duration(*d.ElapsedTime * float64(time.Second))
	}
	return r
}

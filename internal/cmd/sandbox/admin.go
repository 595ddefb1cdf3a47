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

// adminPath is where the admin API is. The real API has nothing there.
const adminPath = "/sandbox/"

// maxAdminBody is the maximum size of the body of a request to the admin API, in bytes.
const maxAdminBody = 1 << 20

// adminAPI changes a sandbox while it runs, because a restart would lose its endpoints.
type adminAPI struct {
	server  *sandbox.Server
	apiKeys []string // empty: any key
	out     *console
}

// handler serves Prosa's API and the admin API.
func (a *adminAPI) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+adminPath+"faults", a.addFaults)
	mux.HandleFunc("DELETE "+adminPath+"faults", a.clearFaults)
	mux.HandleFunc("POST "+adminPath+"events", a.sendEvent)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.HasPrefix(r.URL.Path, adminPath):
			a.server.ServeHTTP(w, r)
		case !a.allowed(r.Header.Get("x-api-key")):
			http.Error(w, "The header x-api-key must contain the sandbox's key.", http.StatusUnauthorized)
		default:
			r.Body = http.MaxBytesReader(w, r.Body, maxAdminBody)
			mux.ServeHTTP(w, r)
		}
	})
}

// allowed requires a key even if the sandbox accepts any: a web page cannot send this header without a CORS preflight, so
// no page can change the sandbox.
func (a *adminAPI) allowed(key string) bool {
	return key != "" && (len(a.apiKeys) == 0 || slices.Contains(a.apiKeys, key))
}

// addFaults adds faults in the format of -fault, one per line. If one of them is invalid, it adds none.
func (a *adminAPI) addFaults(w http.ResponseWriter, r *http.Request) {
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
		a.server.Inject(fault)
	}
	a.out.print("          faults added: %d", len(faults))
	w.WriteHeader(http.StatusNoContent)
}

func (a *adminAPI) clearFaults(w http.ResponseWriter, _ *http.Request) {
	a.server.ClearFaults()
	a.out.print("          faults removed")
	w.WriteHeader(http.StatusNoContent)
}

// sendEvent records an event in the account of the key, as a finished speech job does, and delivers it to every
// endpoint there whose filters include its type.
func (a *adminAPI) sendEvent(w http.ResponseWriter, r *http.Request) {
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
	account := a.server.Account(r.Header.Get("x-api-key"))
	event, receivers := account.Send(sandbox.Event{Type: sent.EventType, Data: sent.Data}) //nolint:contextcheck // a delivery outlives the request
	if len(receivers) == 0 {
		_, _ = fmt.Fprintf(w, "No endpoint receives events of the type %s.\n", event.Type)
		return
	}
	a.server.WaitForDeliveries()
	for _, endpoint := range receivers {
		for _, d := range account.Deliveries(endpoint.ID) {
			if d.EventID == event.ID {
				var result sandbox.DeliveryResult
				if d.ResponseStatus != nil && d.ElapsedTime != nil {
					result.Status, result.Elapsed = *d.ResponseStatus, time.Duration(*d.ElapsedTime*float64(time.Second))
				}
				_, _ = fmt.Fprintln(w, outcome(event.Type, endpoint.URL, result))
			}
		}
	}
}

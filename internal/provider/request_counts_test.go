package provider_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestRequestsOfManyEndpoints counts the requests and connections of each command for 15 endpoints.
func TestRequestsOfManyEndpoints(t *testing.T) {
	t.Parallel()
	const parallelism = 3 // of the CLI: fewer than the requests, which must share connections
	e := acctest.New(t, func(s *sandbox.Server) { s.Latency = 10 * time.Millisecond })
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(e.Sandbox)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	e.Setenv("PROSA_BASE_URL", server.URL+sandbox.DefaultBasePath)
	w := e.Workspace(nil)

	endpoints := func(storeSecrets bool) string {
		return withSource + endpoint(fmt.Sprintf("count = 15\nurl = \"https://example.com/${count.index}\"\nstore_secrets = %t", storeSecrets))
	}
	rotations := rotationOf("each.value", threeDays+`
  rotate_on_create = false
  for_each         = { for i, e in prosa_webhook_endpoint.a : i => e.id }`)
	apply, plan := []string{"apply", "-auto-approve"}, []string{"plan", "-detailed-exitcode"} // plan fails if there are changes
	applyUnrefreshed := []string{"apply", "-auto-approve", "-refresh=false"}
	for _, step := range []struct {
		name, config string
		command      []string
		requests     string
		connections  int64 // at most
	}{
		{"create", endpoints(false), apply, "GET 2, POST 15", 2 * parallelism}, // one listing for the plan, one for the creates
		{"plan without changes", "", plan, "GET 1", 1},
		{"rotations without rotate_on_create", endpoints(false) + rotations, applyUnrefreshed, "GET 15", 2 * parallelism},
		{"plan with rotations", "", plan, "GET 16", 2 * parallelism},
		{"store the keys", endpoints(true) + rotations, applyUnrefreshed, "GET 15", 2 * parallelism},
		{"plan with rotations and stored keys", "", plan, "GET 15", 2 * parallelism},
		{"destroy", "", []string{"destroy", "-auto-approve"}, "DELETE 15, GET 15", 2 * parallelism},
	} {
		if step.config != "" {
			w.Write("main.tf", step.config)
		}
		e.Sandbox.ResetRequestLog()
		connections.Store(0)
		w.Run(append(step.command, fmt.Sprint("-parallelism=", parallelism))...)
		count := map[string]int{}
		for _, r := range e.Sandbox.RequestLog() {
			count[r.Method]++
		}
		var requests []string
		for method, n := range count {
			requests = append(requests, fmt.Sprint(method, " ", n))
		}
		slices.Sort(requests)
		if got := strings.Join(requests, ", "); got != step.requests {
			t.Errorf("%s: the requests are %q, want %q", step.name, got, step.requests)
		}
		if got := connections.Load(); got > step.connections {
			t.Errorf("%s: %d new connections, want at most %d", step.name, got, step.connections)
		}
		if got := e.Sandbox.MaxConcurrent(); got > parallelism {
			t.Errorf("%s: %d requests at the same time", step.name, got)
		}
	}
	if left := len(e.Sandbox.Endpoints()); left > 0 {
		t.Errorf("%d endpoints are left", left)
	}
}

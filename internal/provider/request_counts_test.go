package provider_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	manyEndpoints = 15
	parallelism   = 10 // of a CLI that is not told another one
)

// manyConfig declares many endpoints, and a rotation for each where it says so.
func manyConfig(storeSecrets, rotations bool) string {
	config := fmt.Sprintf(withSource+`
resource "prosa_webhook_endpoint" "a" {
  count         = %d
  url           = "https://example.com/hooks/${count.index}"
  store_secrets = %t
}
`, manyEndpoints, storeSecrets)
	if rotations {
		config += `
resource "prosa_webhook_secret_rotation" "a" {
  for_each         = { for i, e in prosa_webhook_endpoint.a : i => e.id }
  endpoint_id      = each.value
  rotation_period  = { days = 3 }
  rotate_on_create = false
}
`
	}
	return config
}

// requestsByMethod are those since the request log was reset, such as "GET 1, POST 15".
func requestsByMethod(e *acctest.Env) string {
	count := map[string]int{}
	for _, r := range e.Sandbox.RequestLog() {
		count[r.Method]++
	}
	var parts []string
	for _, method := range []string{"DELETE", "GET", "POST", "PUT"} {
		if n := count[method]; n > 0 {
			parts = append(parts, fmt.Sprint(method, " ", n))
		}
	}
	return strings.Join(parts, ", ")
}

// TestRequestsOfManyEndpoints counts on the wire what the built provider asks for, and over how many connections.
func TestRequestsOfManyEndpoints(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, func(s *sandbox.Server) { s.Latency = 20 * time.Millisecond })
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(e.Sandbox)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	w := e.Built("PROSA_BASE_URL=" + server.URL + sandbox.DefaultBasePath)

	apply, plan := []string{"apply", "-auto-approve"}, []string{"plan", "-detailed-exitcode"} // which fails when there are changes
	unrefreshed := []string{"apply", "-auto-approve", "-refresh=false"}
	for _, step := range []struct {
		name, config string
		command      []string
		requests     string
		connections  int64 // at most
	}{
		{"create", manyConfig(false, false), apply, "GET 2, POST 15", 2 * parallelism}, // a listing for the plan, and one for the creates
		{"plan without changes", "", plan, "GET 1", 1},
		{"adopt a rotation for each", manyConfig(false, true), unrefreshed, "GET 15", 2 * parallelism},
		{"plan with a rotation for each", "", plan, "GET 16", 2 * parallelism},
		{"store the keys as well", manyConfig(true, true), unrefreshed, "GET 15", 2 * parallelism},
		{"plan with the keys of endpoints that have a rotation", "", plan, "GET 15", 2 * parallelism},
		// The refresh is done by a process of its own, as is every plan of an apply.
		{"destroy", "", []string{"destroy", "-auto-approve"}, "DELETE 15, GET 15", 2 * parallelism},
	} {
		if step.config != "" {
			w.Write("main.tf", step.config)
		}
		e.Sandbox.ResetRequestLog()
		connections.Store(0)
		w.Run(step.command...)
		if got := requestsByMethod(e); got != step.requests {
			t.Errorf("%s: the requests are %q, want %q", step.name, got, step.requests)
		}
		if got := connections.Load(); got > step.connections {
			t.Errorf("%s: %d connections were made, want at most %d", step.name, got, step.connections)
		}
		if got := e.Sandbox.MaxConcurrent(); got > parallelism {
			t.Errorf("%s: %d requests were under way at the same time", step.name, got)
		}
	}
	if left := len(e.Sandbox.Endpoints()); left > 0 {
		t.Errorf("%d endpoints are left", left)
	}
}

package provider_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// everything starts every operation of the provider at the same time, several times each, and gives what waits for them.
// Like the CLI, it begins nothing new once it was stopped.
func everything(p *acctest.Provider, stopped *atomic.Bool, endpointID, deliveryID string) *sync.WaitGroup {
	var all sync.WaitGroup
	for n := range 5 {
		own := acctest.Object{"url": fmt.Sprintf("https://example.com/%d", n), "store_secrets": n%2 == 0}
		all.Go(func() {
			state, _ := p.Apply(endpointType, nil, own)
			own["ssl_verification"] = false
			if state != nil && !stopped.Load() {
				_, _ = p.Apply(endpointType, state, own)
			}
		})
		all.Go(func() { _, _ = p.Apply(endpointType, nil, acctest.Object{"url": hook}) })
		all.Go(func() {
			if state, _ := p.Apply(rotationType, nil, rotationObject(endpointID, nil)); state != nil && !stopped.Load() {
				_, _ = p.Read(rotationType, state)
			}
		})
		all.Go(func() { _, _ = p.Apply("prosa_webhook_test_event", nil, acctest.Object{"endpoint_id": endpointID}) })
		all.Go(func() {
			_, _ = p.Apply("prosa_webhook_delivery_replay", nil, acctest.Object{"delivery_id": deliveryID})
		})
		all.Go(func() { _, _ = p.Import(endpointType, hook) })
		all.Go(func() {
			_, _ = p.OpenEphemeral("prosa_webhook_endpoint_secrets", acctest.Object{"endpoint_id": endpointID})
		})
		for _, d := range dataSources {
			all.Go(func() { _, _ = p.ReadDataSource(d.name, d.config) })
		}
	}
	return &all
}

// TestNothingIsLeftRunning has it all go wrong in every way, and be interrupted, where whatever still runs at the end, or
// waits for something that never comes, fails the test.
func TestNothingIsLeftRunning(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]sandbox.Fault{
		"all is well": nil,
		"answers get lost": {
			{Close: true, Do: true, Times: 3}, {Close: true, Times: 3}, {Truncate: 20, Times: 3}, {Status: 502, Times: 3}, {Status: 500, Do: true, Times: 3}, {Body: "<html>", Times: 3},
		},
		"answers are late":     {{Delay: 40 * time.Second, Detach: true, Times: 20}},
		"answers never end":    {{Endless: true, Times: 20}},
		"too many requests":    {{Status: 429, Times: 20}, {Status: 429, Header: http.Header{"Retry-After": {"70"}}, Times: 2}},
		"everything is broken": {{Status: 503, Times: -1}},
	} {
		for _, after := range []time.Duration{0, time.Nanosecond, 3 * time.Second, 50 * time.Second} { // 0: no interrupt
			t.Run(fmt.Sprintf("%s, interrupted after %s", name, after), func(t *testing.T) {
				acctest.Bubble(t, func(t *testing.T, e *acctest.Env) {
					e.Client = append(e.Client, bounded)
					id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook + "/old"}).ID
					delivery := addDelivery(e, id, 500)
					for _, fault := range faults {
						e.Sandbox.Inject(fault)
					}
					p := e.Configured()
					var stopped atomic.Bool
					all := everything(p, &stopped, id, delivery.DeliveryID)
					if after > 0 {
						pause(t, after)
						synctest.Wait() // everybody waits for something
						stopped.Store(true)
						p.Stop()
						start := e.Clock.Now()
						all.Wait()
						if took := e.Clock.Now().Sub(start); took > 2*time.Second {
							t.Errorf("it took %s to end", took)
						}
					}
					all.Wait()
				}, func(s *sandbox.Server) { s.Latency = time.Millisecond })
			})
		}
	}
}

// pause lets simulated time pass.
func pause(t *testing.T, d time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	<-ctx.Done()
}

// TestConnectionsAreReused counts the connections of the transport that users have.
func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	var mu sync.Mutex
	opened := 0
	server := httptest.NewUnstartedServer(e.Sandbox)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		if state == http.StateNew {
			opened++
		}
	}
	server.Start()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	e.Vars["PROSA_BASE_URL"] = server.URL + sandbox.DefaultBasePath
	createMany(t, e.Configured(), 60, 1)
	mu.Lock()
	defer mu.Unlock()
	if opened != 1 {
		t.Errorf("%d connections were opened for 61 requests, one after the other", opened)
	}
}

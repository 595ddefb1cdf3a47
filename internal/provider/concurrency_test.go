package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// startAllOperations starts every operation of the provider several times, at the same time. Like the CLI, it starts
// nothing new once the provider is stopped.
func startAllOperations(p *acctest.Provider, stopped *atomic.Bool, deliveryID string) *sync.WaitGroup {
	var all sync.WaitGroup
	apply := func(resource string, config acctest.Object) {
		all.Go(func() { _, _ = p.Apply(resource, nil, config) })
	}
	for n := range 5 {
		all.Go(func() {
			config := acctest.Object{"url": fmt.Sprintf("https://example.com/%d", n), "store_secrets": n%2 == 0}
			state, _ := p.Apply(endpointType, nil, config)
			config["ssl_verification"] = false
			if state != nil && !stopped.Load() {
				_, _ = p.Apply(endpointType, state, config)
			}
		})
		all.Go(func() {
			if state, _ := p.Apply(rotationType, nil, rotationObject(knownID, nil)); state != nil && !stopped.Load() {
				_, _ = p.Read(rotationType, state)
			}
		})
		apply(endpointType, acctest.Object{"url": hook})
		apply(testEventType, acctest.Object{"endpoint_id": knownID})
		apply(replayType, acctest.Object{"delivery_id": deliveryID})
		all.Go(func() { _, _ = p.Import(endpointType, hook) })
		all.Go(func() { _, _ = p.OpenEphemeral(ephemeralType, acctest.Object{"endpoint_id": knownID}) })
		for _, d := range dataSources {
			all.Go(func() { _, _ = p.ReadDataSource(d.name, d.config) })
		}
	}
	return &all
}

// TestNoGoroutineOutlivesTheProvider interrupts all operations, and lets them fail in several ways. A bubble fails if a
// goroutine outlives it.
func TestNoGoroutineOutlivesTheProvider(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]sandbox.Fault{
		"no failures": nil,
		"lost responses": {
			{Close: true, Do: true, Times: 3}, {Close: true, Times: 3}, {Truncate: 20, Times: 3},
			{Status: 502, Times: 3}, {Status: 500, Do: true, Times: 3}, {Body: "<html>", Times: 3},
		},
		"late responses":    {{Delay: 40 * time.Second, Detach: true, Times: 20}},
		"endless responses": {{Endless: true, Times: 20}},
		"rate limit":        {{Status: 429, Times: 20}, {Status: 429, Header: http.Header{"Retry-After": {"70"}}, Times: 2}},
		"503":               {{Status: 503, Times: -1}},
	} {
		for _, after := range []time.Duration{0, time.Nanosecond, 3 * time.Second} { // 0: no interrupt
			t.Run(fmt.Sprintf("%s, interrupt after %s", name, after), func(t *testing.T) {
				acctest.Bubble(t, func(t *testing.T, e *acctest.Env) {
					e.Client = append(e.Client, bounded)
					registerEndpoint(e)
					delivery := addDelivery(e, knownID, 500)
					for _, fault := range faults {
						e.Sandbox.Inject(fault)
					}
					p := e.Configured()
					var stopped atomic.Bool
					all := startAllOperations(p, &stopped, delivery.DeliveryID)
					if after > 0 {
						pause(t, after)
						synctest.Wait()
						stopped.Store(true)
						p.Stop()
						start := e.Clock.Now()
						all.Wait()
						if took := e.Clock.Now().Sub(start); took > 2*time.Second {
							t.Errorf("the operations ended %s after the interrupt", took)
						}
					}
					all.Wait()
				}, func(s *sandbox.Server) { s.Latency = time.Millisecond })
			})
		}
	}
}

// pause waits in simulated time.
func pause(t *testing.T, d time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	<-ctx.Done()
}

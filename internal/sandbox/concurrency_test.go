package sandbox_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// All operations in parallel, for the race detector. No write may be lost.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{
		Quirks: sandbox.Quirks{ListOrder: "shuffle"}, RateLimit: sandbox.RateLimit{Requests: 1 << 20, Per: time.Second}, Log: func(sandbox.Request) {},
		Receiver: func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
			return sandbox.DeliveryResult{Status: 200}
		},
	}
	s.Inject(sandbox.Fault{Operation: sandbox.OpDeleteEndpoint, Times: -1, Do: true, Detach: true, Status: 502})
	s.Inject(sandbox.Fault{Operation: sandbox.OpGetEvent, Times: -1, Do: true, DoAfter: 1, Status: 502})
	shared := s.AddEndpoint(sandbox.Endpoint{URL: hook})
	const workers, rounds = 8, 10
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() {
			for j := range rounds {
				at := "/webhooks/endpoints/" + shared.ID
				mine := s.AddEndpoint(sandbox.Endpoint{URL: fmt.Sprintf("https://example.com/%d/%d", i, j)})
				direct(t.Context(), s, "POST", "/webhooks/endpoints", create)
				direct(t.Context(), s, "GET", "/webhooks/endpoints", "")
				direct(t.Context(), s, "PUT", at, `{"url":"`+hook+`","event_filters":["a"],"ssl_verification":true}`)
				direct(t.Context(), s, "POST", at+"/secret", `{"rotation_period":{"days":1}}`)
				direct(t.Context(), s, "POST", at+"/test", "")
				direct(t.Context(), s, "GET", at+"/deliveries", "")
				direct(t.Context(), s, "POST", at+"/replay-failed-deliveries", "")
				direct(t.Context(), s, "GET", "/webhooks/events/"+missingID, "")
				direct(t.Context(), s, "DELETE", "/webhooks/endpoints/"+mine.ID, "")
				s.UpdateEndpoint(shared.ID, func(e *sandbox.Endpoint) { e.EventFilters = nil })
				s.RotateSecret(shared.ID, time.Hour)
				_, _, _, _ = s.RequestLog(), s.Endpoints(), s.Events(), s.Deliveries("")
				s.Wait()
			}
		})
	}
	all.Wait()
	s.Wait()
	equal(t, "endpoints", len(s.Endpoints()), 1+workers*rounds)
	equal(t, "deliveries", len(s.Deliveries(shared.ID)), workers*rounds)
	equal(t, "request log", len(s.RequestLog()), 9*workers*rounds)
	now, _ := s.Endpoint(shared.ID)
	equal(t, "secrets", len(now.Secrets), 1+2*workers*rounds)
	for i := range now.Secrets[1:] {
		if now.Secrets[i].ID >= now.Secrets[i+1].ID {
			t.Fatalf("secret ids are not in order: %s, %s", now.Secrets[i].ID, now.Secrets[i+1].ID)
		}
	}
}

// The bubble ends only when all of its goroutines have ended.
func TestWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int64
		s := &sandbox.Server{Receiver: func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
			time.Sleep(time.Duration(sent.Add(1)) * time.Minute)
			return sandbox.DeliveryResult{}
		}}
		e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
		start := time.Now()
		s.Wait()
		equal(t, "waited for nothing", time.Since(start), 0)
		for range 20 {
			direct(t.Context(), s, "POST", "/webhooks/endpoints/"+e.ID+"/test", "")
		}
		var waiting sync.WaitGroup
		for range 3 {
			waiting.Go(s.Wait)
		}
		waiting.Wait()
		equal(t, "waited", time.Since(start), 20*time.Minute)
		equal(t, "deliveries", len(s.Deliveries(e.ID)), 20)
	})
}

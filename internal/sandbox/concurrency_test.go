package sandbox_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// All operations in parallel, for the race detector. No write may be lost.
func TestServer_concurrentUse(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{
		Quirks: sandbox.Quirks{ListOrder: "shuffle"}, RateLimit: sandbox.RateLimit{PerSecond: 1 << 20}, Log: func(sandbox.Request) {},
		Receiver: func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
			return sandbox.DeliveryResult{Status: 200}
		},
	}
	s.Inject(sandbox.Fault{Operation: sandbox.OpDeleteEndpoint, Times: -1, Do: true, Detach: true, Status: 502})
	s.Inject(sandbox.Fault{Operation: sandbox.OpGetEvent, Times: -1, Do: true, DoAfter: 1, Status: 502})
	shared := s.AddEndpoint(sandbox.Endpoint{URL: hookURL})
	const workers, rounds = 8, 10
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for range rounds {
				path := "/webhooks/endpoints/" + shared.ID
				for _, request := range [][3]string{
					{"POST", "/webhooks/endpoints", createBody},
					{"GET", "/webhooks/endpoints"},
					{"PUT", path, `{"url":"` + hookURL + `","event_filters":["a"],"ssl_verification":true}`},
					{"POST", path + "/secret", `{"rotation_period":{"days":1}}`},
					{"POST", path + "/test"},
					{"GET", path + "/deliveries"},
					{"POST", path + "/replay-failed-deliveries"},
					{"GET", "/webhooks/events/" + missingID},
					{"DELETE", "/webhooks/endpoints/" + s.AddEndpoint(sandbox.Endpoint{URL: hookURL}).ID},
				} {
					direct(t.Context(), s, request[0], request[1], request[2])
				}
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
	if !slices.IsSortedFunc(now.Secrets, func(a, b sandbox.Secret) int { return strings.Compare(a.ID, b.ID) }) {
		t.Errorf("the ids of the secrets are not in order: %v", now.Secrets)
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int64
		s := &sandbox.Server{Receiver: func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
			time.Sleep(time.Duration(sent.Add(1)) * time.Minute)
			return sandbox.DeliveryResult{}
		}}
		e := s.AddEndpoint(sandbox.Endpoint{URL: hookURL})
		start := time.Now()
		s.Wait()
		equal(t, "waited without deliveries", time.Since(start), 0)
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

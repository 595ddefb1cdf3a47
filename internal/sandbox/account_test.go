package sandbox_test

import (
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// One key cannot see what another key creates.
func TestAccounts(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*sandbox.Server{
		"OtherKeys": {APIKey: "stt", OtherKeys: []string{"tts"}},
		"any key":   {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := serve(t, s)
			first := s.AddEndpoint(sandbox.Endpoint{URL: hookURL})
			path := "/webhooks/endpoints/" + first.ID
			c.key = "stt"
			equal(t, "the first key's endpoints", column(c.ok("GET", "/webhooks/endpoints", "").list(), "id"), []any{first.ID})
			c.ok("POST", path+"/test", "")
			replay := "/webhooks/deliveries/" + s.Deliveries("")[0].DeliveryID + "/replay"
			event := "/webhooks/events/" + s.Events()[0].ID

			c.key = "tts"
			for _, listing := range []string{"/webhooks/endpoints", "/webhooks/events"} {
				equal(t, listing+" of the other key", c.ok("GET", listing, "").body, "[]")
			}
			for _, request := range [][2]string{{"GET", path}, {"DELETE", path}, {"POST", replay}, {"GET", event}} {
				equal(t, request[0]+" "+request[1]+" by the other key", c.do(request[0], request[1], "").status, 404)
			}
			id := c.ok("POST", "/webhooks/endpoints", createBody).object()["id"]

			equal(t, "endpoints of the first account", s.Endpoints(), []sandbox.Endpoint{first})
			equal(t, "endpoints by the first key", s.Account("stt").Endpoints(), s.Endpoints())
			equal(t, "endpoints of the other account", any(s.Account("tts").Endpoints()[0].ID), id)
			s.Account("tts").RotateSecret(id.(string), time.Hour)
			equal(t, "keys after a rotation in the other account", len(s.Account("tts").Endpoints()[0].Secrets), 2)
			equal(t, "deliveries of the other account", len(s.Account("tts").Deliveries("")), 0)
			equal(t, "requests of both accounts", s.Count(sandbox.OpListEndpoints), 2)
		})
	}
}

// An operation that a fault delays belongs to the account that sent the request.
func TestAccounts_fault(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{APIKey: "one", OtherKeys: []string{"two"}}
	c := serve(t, s)
	c.key = "two"
	s.Inject(sandbox.Fault{Do: true, DoAfter: time.Millisecond, Status: 504})
	equal(t, "status", c.do("POST", "/webhooks/endpoints", createBody).status, 504)
	s.Wait()
	equal(t, "endpoints", []int{len(s.Endpoints()), len(s.Account("two").Endpoints())}, []int{0, 1})
}

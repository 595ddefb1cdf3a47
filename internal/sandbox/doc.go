// Package sandbox is an in-memory, stateful Prosa for tests, for the demo and for trying the provider without an account.
//
// A [Server] is an [net/http.Handler] whose zero value works:
//
//	prosa := httptest.NewServer(&sandbox.Server{})
//	baseURL := prosa.URL + "/v2/speech"
//
// It implements Prosa's API reference strictly: it answers 422 to any request that the real API might not understand.
// [Quirks] imitate known differences between installations, [Fault] makes single requests fail, and [Server.RequestLog]
// returns the requests that were sent. Each API key has its own [Account]. The operations:
//
//	GET    /webhooks/endpoints                                        [OpListEndpoints]
//	POST   /webhooks/endpoints                                        [OpCreateEndpoint]
//	GET    /webhooks/endpoints/{endpoint_id}                          [OpGetEndpoint]
//	PUT    /webhooks/endpoints/{endpoint_id}                          [OpUpdateEndpoint]
//	DELETE /webhooks/endpoints/{endpoint_id}                          [OpDeleteEndpoint]
//	GET    /webhooks/endpoints/{endpoint_id}/deliveries               [OpListDeliveries]
//	POST   /webhooks/endpoints/{endpoint_id}/secret                   [OpRotateSecret]
//	POST   /webhooks/endpoints/{endpoint_id}/test                     [OpSendTestEvent]
//	POST   /webhooks/endpoints/{endpoint_id}/replay-failed-deliveries [OpReplayFailedDeliveries]
//	GET    /webhooks/events                                           [OpListEvents]
//	GET    /webhooks/events/{event_id}                                [OpGetEvent]
//	POST   /webhooks/deliveries/{delivery_id}/replay                  [OpReplayDelivery]
//
// The server checks a request in this order: rate limit, faults, path (404), method (405), key (401, 403), parameters
// and body (422), and finally whether the object exists (404).
//
// The package deliberately shares no code with the provider's client. Each implements the reference independently, and
// both are tested against the reference's example bodies in testdata/contract.
package sandbox

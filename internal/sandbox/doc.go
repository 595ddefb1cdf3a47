// Package sandbox is an in-memory, stateful Prosa for tests, for the demo and for trying the provider without an account.
//
// A [Server] is an [net/http.Handler] whose zero value works:
//
//	prosa := httptest.NewServer(&sandbox.Server{})
//	baseURL := prosa.URL + "/v2/speech"
//
// It follows Prosa's API reference strictly, so that a request the API might not understand is refused with a 422 here.
// [Quirks] change what installations are known to do differently, [Fault] makes single requests go wrong, and
// [Server.Journal] tells what was asked. Each API key is an [Account]. The operations:
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
// A request is judged in this order: rate limit, faults, path (404) and method (405), key (401, 403), what it asks (422), and
// only then whether the object exists (404).
//
// The package does not share code with the provider's client on purpose: it is a second reading of the same reference, and
// the two are held together by the reference's example bodies in testdata/contract.
package sandbox

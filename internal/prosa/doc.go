// Package prosa is a client of Prosa.ai's speech webhook API. It knows HTTP and JSON, not Terraform.
//
// The twelve operations of the API, with their methods and files:
//
//	GET    /webhooks/endpoints                                Client.ListEndpoints, Client.LookupEndpoint   endpoint.go, read.go
//	POST   /webhooks/endpoints                                Client.CreateEndpoint                         create.go
//	GET    /webhooks/endpoints/{id}                           Client.GetEndpoint, Client.ReadEndpoint       endpoint.go, read.go
//	PUT    /webhooks/endpoints/{id}                           Client.UpdateEndpoint                         endpoint.go
//	DELETE /webhooks/endpoints/{id}                           Client.DeleteEndpoint                         endpoint.go
//	POST   /webhooks/endpoints/{id}/secret                    Client.RotateSecret                           rotate.go
//	GET    /webhooks/endpoints/{id}/deliveries                Client.ListDeliveries                         delivery.go
//	POST   /webhooks/endpoints/{id}/test                      Client.SendTestEvent, Client.TestEndpoint     replay.go, test_event.go
//	POST   /webhooks/endpoints/{id}/replay-failed-deliveries  Client.ReplayFailedDeliveries                 replay.go
//	POST   /webhooks/deliveries/{id}/replay                   Client.ReplayDelivery                         replay.go
//	GET    /webhooks/events                                   Client.ListEvents                             event.go
//	GET    /webhooks/events/{id}                              Client.GetEvent                               event.go
//
// A create goes through CreateEndpoint in create.go, exactlyOnce in once.go and do in request.go.
//
// The error of a failed request is an [*Error]. The other errors are those of a context, of invalid [Days], and
// [ErrEarlierUndecided]. Several reads may share one response. Each write sends its own request.
package prosa

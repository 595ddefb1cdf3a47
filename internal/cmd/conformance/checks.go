package main

import (
	"context"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// verdict is how a measurement compares with the provider's assumption.
type verdict string

const (
	assumed verdict = "as assumed"
	handled verdict = "different, handled" // the provider supports it
	breaks  verdict = "BREAKS THE PROVIDER"
	unseen  verdict = "not seen" // this run could not tell
)

var verdicts = []verdict{assumed, handled, breaks, unseen}

// finding is the result of a check. seen never contains keys, bodies or personal data.
type finding struct {
	verdict verdict
	seen    string
}

// check is one assumption of the provider, and how to measure it. Checks run in the order of the table, and can use
// results that earlier checks left in the session.
type check struct {
	name    string
	assumes string // the assumption, in a sentence
	source  string // where the assumption is documented: reference, pages or uncertain
	needs   need   // without it, the check does not run, and its result is "not seen"
	measure func(context.Context, *session) finding
}

// Where Prosa documents its API.
const (
	reference = "API reference"
	pages     = "Prosa's other pages"
	uncertain = "uncertain" // not documented, or documented inconsistently
)

// Fields of the reference's examples. TestFields compares them with the examples.
const (
	endpointFields     = "id url secrets secrets[].id secrets[].key event_filters ssl_verification"
	endpointListFields = "id url event_filters ssl_verification"
	eventFields        = "id event_type data created_at"
	eventListFields    = "id event_type created_at"
	deliveryFields     = "delivery_id event_id endpoint_id delivery request_method request_headers request_body response_status response_headers response_body elapsed_time"
	ticketFields       = "delivery_tag endpoint_id url"
)

// Fields that can be null. Those that are not in the examples can also be missing.
const (
	endpointOptional = "secrets[].expired_at"
	deliveryOptional = "request_headers request_body response_status response_headers response_body elapsed_time"
)

// checks is the table of all checks. To add a check, add an entry. Checks that read or change the endpoint go before
// "delete an endpoint".
func checks() []check {
	return []check{
		{"wrong API key", "The status is 401, in the API's own form.", reference, nothing, wrongKey},
		{"unknown path", `The status is 404, with FastAPI's {"detail": "Not Found"}.`, uncertain, nothing, unknownPath},
		{"trailing slash", "Paths without a slash at the end are served without a redirect, which the provider would not follow.", reference, nothing, trailingSlash},

		operation("create an endpoint", "POST /webhooks/endpoints", nothing, endpointFields, endpointOptional, (*session).create),
		{"own signing key", "A secret_key that is sent with a create becomes the endpoint's key.", pages, anEndpoint, ownKey},
		operation("list endpoints", "GET /webhooks/endpoints", anEndpoint, endpointListFields, "", (*session).list),
		operation("read an endpoint", "GET /webhooks/endpoints/{id}", anEndpoint, endpointFields, endpointOptional, (*session).read),
		operation("update an endpoint", "PUT /webhooks/endpoints/{id}", anEndpoint, endpointFields, endpointOptional, (*session).updateNothing),

		{"spelling of URLs", "A URL is stored as it was sent, or with a normalized scheme, host and port.", uncertain, anEndpoint, urlSpelling},
		{"unusable URL", "The status is 422, with the location of the wrong value.", reference, anEndpoint, unusableURL},
		{"documented event types", "Every documented event type is stored once.", uncertain, anEndpoint, filters(eventTypes...)},
		{"unknown event types", "An event type that is not documented is stored once.", uncertain, anEndpoint, filters("conformance.no_such_type")},
		{"ssl_verification", "An update to false is stored.", uncertain, anEndpoint, sslVerification},

		operation("rotate the key", "POST /webhooks/endpoints/{id}/secret", anEndpoint, endpointFields, endpointOptional, (*session).rotate),
		{"order of keys", "expired_at, the id or the position tells which key is the newest.", uncertain, aRotation, orderOfKeys},
		{"expired_at", "The older key has an expired_at: the time of the rotation plus the rotation period.", uncertain, aRotation, expiry},

		operation("send a test event", "POST /webhooks/endpoints/{id}/test", anEndpoint, ticketFields, "", (*session).sendTest),
		operation("list deliveries", "GET /webhooks/endpoints/{id}/deliveries", aTicket, deliveryFields, deliveryOptional, (*session).awaitDelivery),
		{"type of the test event", "A test event is a webhook.ping.", reference, aDelivery, pingType},
		operation("list events", "GET /webhooks/events", aTicket, eventListFields, "", (*session).awaitEvent),
		operation("read an event", "GET /webhooks/events/{id}", anEvent, eventFields, "", (*session).readEvent),
		{"time of an event", "created_at has a zone; without one, it is in PROSA_TIME_ZONE.", uncertain, anEvent, eventTime},
		{"time of a delivery", `The field "delivery" has a zone; if it is hours off, the time in the signature corrects it.`, uncertain, aDelivery, deliveryTime},
		{"headers of a delivery", "Names are in lower case, and each value is a string.", reference, aDelivery, deliveryHeaders},
		{"signature", `t=<Unix seconds>, and for each active key v1=<SHA-256 of key, "." and body>.`, pages, aDelivery, signature},

		operation("replay a delivery", "POST /webhooks/deliveries/{id}/replay", aDelivery, ticketFields, "", (*session).replay),
		operation("replay failed deliveries", "POST /webhooks/endpoints/{id}/replay-failed-deliveries", anEndpoint, ticketFields, "", (*session).replayFailed),
		{"from_date", "It is the first day, in UTC, and included.", uncertain, aDelivery, fromDate},
		{"to_date", "It is the last day, and included.", uncertain, aDelivery, toDate},

		{"missing endpoint", "The status is 404 webhook_endpoint_not_found, with the endpoint_id.", reference, nothing, missing("endpoint", "GET /webhooks/endpoints/{id}", (*session).readMissingEndpoint)},
		{"missing event", "The status is 404 webhook_event_not_found, with the event_id.", reference, nothing, missing("event", "GET /webhooks/events/{id}", (*session).readMissingEvent)},
		{"missing delivery", "The status is 404 webhook_delivery_not_found, with the delivery_id.", reference, nothing, missing("delivery", "POST /webhooks/deliveries/{id}/replay", (*session).replayMissing)},

		operation("delete an endpoint", "DELETE /webhooks/endpoints/{id}", anEndpoint, endpointFields, endpointOptional, (*session).delete),
		{"deleted endpoint", "The status is 404 webhook_endpoint_not_found, immediately.", reference, aDeletion, missing("endpoint", "GET /webhooks/endpoints/{id}", (*session).read)},

		{"keys in error messages", "Error messages repeat no key. The provider removes those that it knows.", uncertain, nothing, keysInErrors},
		{"rate limit", "The API responds to too many requests with 429, with or without Retry-After.", uncertain, nothing, rateLimit},
	}
}

// eventTypes are the event types that any of Prosa's pages documents.
var eventTypes = []string{
	"stt.jobs.completed", "stt.jobs.failed", "stt.job.completed", "stt.job.failed", "tts.job.completed", "tts.job.failed", prosa.PingEvent,
}

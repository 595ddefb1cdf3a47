package sandbox

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
	_ "time/tzdata" // so that TimeZone and DateZone work on a machine without zone data
)

// Quirks are what installations of the API do differently. The zero value is the reference page.
type Quirks struct {
	// Answers.

	CreateStatus  int         // the status of a create; 0: 200
	UpdateAnswer  string      // what an update answers: "" the endpoint; "empty": 200 without a body; "no-content": 204
	DeleteAnswer  string      // what a delete answers: as UpdateAnswer, or "message": a JSON message; "text": OK; "other": another endpoint
	NotFound      string      // the 404 of a missing object: "" Prosa's; "short": its status without webhook_; "fastapi": FastAPI's; "empty": no body
	FastAPIErrors bool        // 422 and 403 have FastAPI's form, and a missing or wrong key is a 403 of this form
	Lacks         []Operation // operations that this installation does not have: 404 as for an unknown path
	TrailingSlash bool        // a path without a trailing slash is redirected (307) to the one with it, which is served
	UnknownFields bool        // every object has a member that is not in the reference
	EchoKey       bool        // error messages repeat the API key, and a secret_key that was sent

	// Lists.

	ListOrder     string // of every list: "" insertion; "reverse"; "shuffle": another order with each call
	SparseListing bool   // endpoints in their listing lack event_filters and ssl_verification

	// Endpoints and their keys.

	IDs                   string // "" UUIDs; "hex": 32 hex digits; "opaque": text that must be escaped in a path. Only UUIDs are checked
	KeepURL               bool   // URLs are kept as sent instead of being brought into normal form
	RewriteURLs           bool   // URLs are rewritten further: no dot segments, normal percent-encoding, a trailing slash
	EmptyFilters          string // how an endpoint without event_filters shows them: "" []; "null"; "missing"
	DropUnknownFilters    bool   // event types that no Prosa page documents are dropped from event_filters
	DuplicateFilters      bool   // answers have each event filter twice
	IgnoreSSLVerification bool   // ssl_verification is always true, whatever was sent
	SecretsOrder          string // "" oldest first; "newest-first"
	HideExpiry            bool   // expired_at is always null; else it is there when the key has an end, and missing when not

	// Times and dates.

	TimeZone      string // IANA name of the zone of ZonelessTimes and FalseUTC; "": Asia/Jakarta
	ZonelessTimes bool   // date-times are in TimeZone without saying so, and always have six digits of a second
	FalseUTC      bool   // the time of a delivery is in TimeZone, but ends in Z
	DateZone      string // IANA name of the zone whose days from_date and to_date are; "": UTC
	ToDate        string // "" included; "exclusive"; "ignored"; "until_date": its name, and other unknown parameters are ignored

	// Deliveries.

	UpperCaseHeaders bool // names in request_headers are in upper case
	HeaderLists      bool // values in request_headers and response_headers are lists, of the lines of a [Delivery]'s header
	SHA256Signatures bool // x-prosa-signature is sha256= and the HMAC-SHA256 of the body, made with the newest key
	TagIsDeliveryID  bool // the delivery_tag of a ticket is the delivery_id of the delivery; else it never is
}

// Validate returns an error that names the field with a wrong value, and the values it may have.
func (q Quirks) Validate() error {
	if q.CreateStatus != 0 && (q.CreateStatus < 200 || q.CreateStatus > 299) {
		return fmt.Errorf("Quirks.CreateStatus must be a 2xx status: %d", q.CreateStatus)
	}
	for _, knob := range []struct {
		name, value string
		known       []string
	}{
		{"UpdateAnswer", q.UpdateAnswer, []string{"", "empty", "no-content"}},
		{"DeleteAnswer", q.DeleteAnswer, []string{"", "empty", "no-content", "message", "text", "other"}},
		{"NotFound", q.NotFound, []string{"", "short", "fastapi", "empty"}},
		{"ListOrder", q.ListOrder, []string{"", "reverse", "shuffle"}},
		{"IDs", q.IDs, []string{"", "hex", "opaque"}},
		{"EmptyFilters", q.EmptyFilters, []string{"", "null", "missing"}},
		{"SecretsOrder", q.SecretsOrder, []string{"", "newest-first"}},
		{"ToDate", q.ToDate, []string{"", "exclusive", "ignored", "until_date"}},
	} {
		if !slices.Contains(knob.known, knob.value) {
			return fmt.Errorf("Quirks.%s is none of %q: %q", knob.name, knob.known, knob.value)
		}
	}
	for _, op := range q.Lacks {
		if !slices.Contains(Operations(), op) {
			return fmt.Errorf("Quirks.Lacks has no operation, which are %q: %q", Operations(), op)
		}
	}
	for name, zone := range map[string]string{"TimeZone": q.TimeZone, "DateZone": q.DateZone} {
		if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
			return fmt.Errorf("Quirks.%s is no IANA time zone, like Asia/Jakarta: %q", name, zone)
		}
	}
	if q.KeepURL && q.RewriteURLs {
		return fmt.Errorf("Quirks.KeepURL and RewriteURLs exclude each other")
	}
	return nil
}

// created is the status of a create.
func (q Quirks) created() int {
	if q.CreateStatus == 0 {
		return http.StatusOK
	}
	return q.CreateStatus
}

// list answers a list in the order this installation gives lists.
func (s *Server) list(items [][]byte) answer {
	switch s.Quirks.ListOrder {
	case "reverse":
		slices.Reverse(items)
	case "shuffle":
		// Seeded from a counter: the same calls give the same orders, run after run.
		order := rand.New(rand.NewPCG(s.shuffles.Add(1), 0))
		order.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	}
	return answer{status: http.StatusOK, body: array(items)}
}

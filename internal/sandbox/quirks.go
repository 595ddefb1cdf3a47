package sandbox

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
	_ "time/tzdata" // so that TimeZone and DateZone work on a machine without zone data
)

// Quirks are differences between this installation and the reference. The zero value follows the reference.
type Quirks struct {
	// Answers.

	CreateStatus  int         // the status of a create; 0: 200
	UpdateAnswer  string      // answer of an update: "" the endpoint; "empty": 200 without a body; "no-content": 204
	DeleteAnswer  string      // answer of a delete: as UpdateAnswer, or "message": a JSON message; "text": OK; "other": another endpoint
	NotFound      string      // the 404 of a missing object: "" Prosa's; "short": its status without webhook_; "fastapi": FastAPI's; "empty": no body
	FastAPIErrors bool        // 422 and 403 have FastAPI's form, and a missing or wrong key is a 403 of this form
	Lacks         []Operation // operations that this installation lacks: 404 as for an unknown path
	TrailingSlash bool        // redirect (307) a path without a trailing slash to the one with it
	UnknownFields bool        // every object has a member that is not in the reference
	EchoKey       bool        // error messages repeat the API key and the request's secret_key

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
	HideExpiry            bool   // expired_at is always null; otherwise it is missing unless the key expires

	// Times and dates.

	TimeZone      string // IANA name of the zone of ZonelessTimes and FalseUTC; "": Asia/Jakarta
	ZonelessTimes bool   // date-times are local in TimeZone, without a zone, and always have six digits of a second
	FalseUTC      bool   // the time of a delivery is in TimeZone, but ends in Z
	DateZone      string // IANA name of the zone of from_date and to_date; "": UTC
	ToDate        string // "" included; "exclusive"; "ignored"; "until_date": its name, and other unknown parameters are ignored

	// Deliveries.

	UpperCaseHeaders bool // names in request_headers are in upper case
	HeaderLists      bool // values in request_headers and response_headers are lists: one item for each line of a [Delivery]'s header
	SHA256Signatures bool // x-prosa-signature is sha256= and the HMAC-SHA256 of the body, made with the newest key
	TagIsDeliveryID  bool // a ticket's delivery_tag is the delivery's delivery_id; otherwise it is a different id
}

// Validate returns an error that names the first field with an invalid value, and the valid values.
func (q Quirks) Validate() error {
	if q.CreateStatus != 0 && (q.CreateStatus < 200 || q.CreateStatus > 299) {
		return fmt.Errorf("Quirks.CreateStatus must be a 2xx status: %d", q.CreateStatus)
	}
	for _, setting := range []struct {
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
		if !slices.Contains(setting.known, setting.value) {
			return fmt.Errorf("Quirks.%s must be one of %q: %q", setting.name, setting.known, setting.value)
		}
	}
	for _, op := range q.Lacks {
		if !slices.Contains(Operations(), op) {
			return fmt.Errorf("Quirks.Lacks can contain %q: %q", Operations(), op)
		}
	}
	for name, zone := range map[string]string{"TimeZone": q.TimeZone, "DateZone": q.DateZone} {
		if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
			return fmt.Errorf("Quirks.%s must be an IANA time zone, such as Asia/Jakarta: %q", name, zone)
		}
	}
	if q.KeepURL && q.RewriteURLs {
		return fmt.Errorf("Quirks.KeepURL and RewriteURLs exclude each other")
	}
	return nil
}

// list encodes a list in this installation's order.
func (s *Server) list(items []json.RawMessage) answer {
	switch s.Quirks.ListOrder {
	case "reverse":
		slices.Reverse(items)
	case "shuffle":
		// The seed is a counter, so that every run shuffles in the same way.
		order := rand.New(rand.NewPCG(s.shuffles.Add(1), 0))
		order.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	}
	return success(array(items))
}

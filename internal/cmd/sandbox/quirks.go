package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// quirk is one field of sandbox.Quirks, as a value of -quirk.
type quirk struct {
	name   string
	field  any    // a pointer to the field
	values string // the values, as shown in the help; empty: the quirk takes no value
	help   string
}

// quirksOf returns all fields of q.
func quirksOf(q *sandbox.Quirks) []quirk {
	return []quirk{
		{"create-status", &q.CreateStatus, "2xx", "answer a create with this status"},
		{"update-answer", &q.UpdateAnswer, "empty|no-content", "answer an update without the endpoint: 200 without a body, or 204"},
		{"delete-answer", &q.DeleteAnswer, "empty|no-content|message|text|other", "answer a delete without the endpoint, or with another one"},
		{"not-found", &q.NotFound, "short|fastapi|empty", "answer 404 for a missing object in another form"},
		{"fastapi-errors", &q.FastAPIErrors, "", "answer 422 and 403 in FastAPI's form, and 403 instead of 401"},
		{"lacks", &q.Lacks, "operation,…", "answer 404 to these operations, as for an unknown path"},
		{"trailing-slash", &q.TrailingSlash, "", "redirect (307) a path without a trailing slash"},
		{"unknown-fields", &q.UnknownFields, "", "add a field that is not in the reference to every object"},
		{"echo-key", &q.EchoKey, "", "repeat the keys that were sent in error messages"},

		{"list-order", &q.ListOrder, "reverse|shuffle", "change the order of every list"},
		{"sparse-listing", &q.SparseListing, "", "list endpoints without event_filters and ssl_verification"},

		{"ids", &q.IDs, "hex|opaque", "generate ids that are not UUIDs"},
		{"keep-url", &q.KeepURL, "", "keep URLs as they were sent"},
		{"rewrite-urls", &q.RewriteURLs, "", "remove dot segments and needless escapes from URLs, and add a trailing slash"},
		{"empty-filters", &q.EmptyFilters, "null|missing", "show empty event_filters as null, or not at all"},
		{"drop-unknown-filters", &q.DropUnknownFilters, "", "drop event types that Prosa does not document"},
		{"duplicate-filters", &q.DuplicateFilters, "", "show each event filter twice"},
		{"ignore-ssl-verification", &q.IgnoreSSLVerification, "", "always store ssl_verification as true"},
		{"secrets-order", &q.SecretsOrder, "newest-first", "list the newest key of an endpoint first"},
		{"hide-expiry", &q.HideExpiry, "", "show expired_at as null for every key"},

		{"time-zone", &q.TimeZone, "zone", "the zone of zoneless-times and false-utc (default Asia/Jakarta)"},
		{"zoneless-times", &q.ZonelessTimes, "", "write local times, without a zone"},
		{"false-utc", &q.FalseUTC, "", "write the local time of a delivery with a Z, as if it were UTC"},
		{"date-zone", &q.DateZone, "zone", "the zone of from_date and to_date (default UTC)"},
		{"to-date", &q.ToDate, "exclusive|ignored|until_date", "exclude to_date, ignore it, or call it until_date"},

		{"upper-case-headers", &q.UpperCaseHeaders, "", "write names in request_headers in upper case"},
		{"header-lists", &q.HeaderLists, "", "write the values of a delivery's headers as lists"},
		{"sha256-signatures", &q.SHA256Signatures, "", "sign deliveries with sha256= and an HMAC of the body"},
		{"tag-is-delivery-id", &q.TagIsDeliveryID, "", "use the delivery's id as the ticket's delivery_tag"},
	}
}

// setQuirk parses name or name=value, and sets the field.
func setQuirk(q *sandbox.Quirks, text string) error {
	name, value, given := strings.Cut(text, "=")
	var names []string
	for _, known := range quirksOf(q) {
		if known.name == name {
			if err := known.set(value, given); err != nil {
				return err
			}
			return q.Validate()
		}
		names = append(names, known.name)
	}
	return fmt.Errorf("unknown quirk %q; use one of: %s", name, strings.Join(names, ", "))
}

func (k quirk) set(value string, given bool) error {
	if given != (k.values != "") {
		return fmt.Errorf("write %s", k.usage())
	}
	switch field := k.field.(type) {
	case *bool:
		*field = true
	case *string:
		if value == "" {
			return fmt.Errorf("write %s", k.usage())
		}
		*field = value
	case *int:
		status, err := strconv.Atoi(value)
		if err != nil || status == 0 {
			return fmt.Errorf("write %s", k.usage())
		}
		*field = status
	case *[]sandbox.Operation:
		for op := range strings.SplitSeq(value, ",") {
			*field = append(*field, sandbox.Operation(op))
		}
	}
	return nil
}

func (k quirk) usage() string {
	if k.values == "" {
		return k.name
	}
	return k.name + "=" + k.values
}

// quirkHelp returns the help, with an entry for each quirk.
func quirkHelp() string {
	var b strings.Builder
	b.WriteString("\nQuirks:\n")
	for _, k := range quirksOf(new(sandbox.Quirks)) {
		fmt.Fprintf(&b, "  %s\n    \t%s\n", k.usage(), k.help)
	}
	return b.String()
}

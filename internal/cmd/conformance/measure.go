package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

func asAssumed(format string, args ...any) finding {
	return finding{assumed, fmt.Sprintf(format, args...)}
}
func differs(format string, args ...any) finding {
	return finding{handled, fmt.Sprintf(format, args...)}
}
func broken(format string, args ...any) finding { return finding{breaks, fmt.Sprintf(format, args...)} }
func notSeen(format string, args ...any) finding {
	return finding{unseen, fmt.Sprintf(format, args...)}
}

// expect returns "as assumed" if ok, and "different" otherwise.
func expect(ok bool, format string, args ...any) finding {
	if ok {
		return asAssumed(format, args...)
	}
	return differs(format, args...)
}

// longWord matches any text that could be an id.
var longWord = regexp.MustCompile(`[^\s"]{20,}`)

// operation returns the check of an API operation: the provider's client can use it, and the response has the status
// and the fields of the reference. Fields in optional can be null, or missing if they are not in fields.
func operation(name, request string, needs need, fields, optional string, call func(*session, context.Context) (any, error)) check {
	return check{
		name: name, assumes: "The status is 200, with the fields of the reference's example.", source: reference, needs: needs,
		measure: func(ctx context.Context, s *session) finding {
			_, err := call(s, ctx)
			seen, failure := s.wire.last(request), prosa.As(err)
			switch {
			case errors.Is(err, errUnseen):
				return notSeen("%s", err)
			case failure != nil && failure.Unsupported:
				return broken("%s: this installation lacks the operation", seen)
			case failure != nil && failure.Err != nil:
				return broken("%s: %s", seen, longWord.ReplaceAllString(failure.Err.Error(), "…"))
			case err != nil:
				return broken("%s", seen)
			}
			different, objects := differences(seen.body, fields, optional), elements(seen.body)
			answer := fmt.Sprintf("%s: %d", request, seen.status) // without field names: the report lists them for each request
			isDelete := strings.HasPrefix(request, "DELETE")
			switch {
			case objects == nil, isDelete && len(objects) == 0:
				return differs("%s", seen)
			case different != "":
				return differs("%s%s", answer, different)
			case isDelete && text(objects[0], "id") != s.endpoint.ID:
				return differs("%s, about another endpoint", answer)
			case len(objects) == 0:
				return asAssumed("%s, an empty list", answer)
			}
			return expect(seen.status == 200, "%s, with the fields of the reference", answer)
		},
	}
}

const wrongAPIKey = "wrong-key-of-the-conformance-command"

func wrongKey(ctx context.Context, s *session) finding {
	client, err := s.newClient(wrongAPIKey)
	if err == nil {
		_, err = client.ListEndpoints(ctx)
	}
	seen, failure := s.wire.last("GET /webhooks/endpoints"), prosa.As(err)
	if failure != nil && !failure.KeyRefused() {
		return differs("%s; the provider does not recognize that the key is wrong", seen)
	}
	return expect(failure != nil && failure.StatusCode == 401 && strings.HasPrefix(failure.Status, "auth_"), "%s", seen)
}

func unknownPath(ctx context.Context, s *session) finding {
	seen := s.get(ctx, "/webhooks/no-such-path")
	isNotFound := func(object map[string]any) bool { return text(object, "detail") == "Not Found" }
	return expect(seen.status == 404 && slices.ContainsFunc(elements(seen.body), isNotFound), "%s", seen)
}

func trailingSlash(ctx context.Context, s *session) finding {
	without := s.get(ctx, "/webhooks/endpoints")
	if without.status/100 == 3 {
		return broken("%s", without)
	}
	with := s.get(ctx, "/webhooks/endpoints/")
	if without.status == 0 || with.status == 0 {
		return notSeen("no response")
	}
	// Any response to the path with the slash will do: the provider never sends it.
	return asAssumed("without a slash %d, with it %d", without.status, with.status)
}

func ownKey(_ context.Context, s *session) finding {
	keys := s.endpoint.Secrets
	switch {
	case keys == nil:
		return notSeen("the response to the create has no keys")
	case !slices.ContainsFunc(keys, func(k prosa.Secret) bool { return k.Key == s.signingKey }):
		return broken("the endpoint has another key than the one that was sent")
	}
	return expect(len(keys) == 1, "the endpoint has the key that was sent; keys in all: %d", len(keys))
}

// refused is the finding for an update that failed: "different" if the API rejects its values. Otherwise the row
// "update an endpoint" shows what is wrong.
func (s *session) refused(err error) finding {
	seen := s.wire.last("PUT /webhooks/endpoints/{id}")
	if e := prosa.As(err); e != nil && (e.StatusCode == 400 || e.StatusCode == 422) {
		return differs("rejected: %s", seen)
	}
	return notSeen("%s", seen)
}

// urlSpelling sends a URL with parts that a server could normalize: a host in upper case, the default port, a dot segment
// and an escaped "~".
func urlSpelling(ctx context.Context, s *session) finding {
	sent, _ := url.Parse(s.url) // cannot fail: main's parse has checked it
	if sent.Host = strings.ToUpper(sent.Host); sent.Port() == "" {
		sent.Host += map[string]string{"https": ":443", "http": ":80"}[sent.Scheme]
	}
	spelled := sent.String() + "/./%7econformance"
	e, err := s.update(ctx, spelled, true)
	switch {
	case err != nil:
		return s.refused(err)
	case e.URL == spelled:
		return asAssumed("stored as sent")
	case prosa.NormalizeURL(e.URL) == prosa.NormalizeURL(spelled):
		return asAssumed("scheme, host and port are normalized")
	}
	_, end, _ := strings.Cut(e.URL, path.Base(s.url))
	return differs("rewritten: it ends in %q instead of \"/./%%7econformance\"", end)
}

func unusableURL(ctx context.Context, s *session) finding {
	_, err := s.update(ctx, "not a URL", true)
	seen, failure := s.wire.last("PUT /webhooks/endpoints/{id}"), prosa.As(err)
	switch {
	case err == nil:
		return differs("accepted: %s", seen)
	case failure == nil || failure.StatusCode != 400 && failure.StatusCode != 422:
		return s.refused(err)
	case !slices.ContainsFunc(failure.Fields, func(f prosa.FieldError) bool { return slices.Contains(f.Location, "url") }):
		return differs("%s; the provider cannot tell which argument is wrong", seen)
	}
	return expect(failure.Status == prosa.StatusValidation, "%s", seen)
}

// filters is the check of an update with event filters.
func filters(sent ...string) func(context.Context, *session) finding {
	return func(ctx context.Context, s *session) finding {
		e, err := s.update(ctx, s.url, true, sent...)
		if err != nil {
			return s.refused(err)
		}
		missing := slices.DeleteFunc(slices.Clone(sent), func(filter string) bool { return slices.Contains(e.EventFilters, filter) })
		stored := -1 // number of filters in the latest response, which may be that of a read after the update
		for _, object := range elements(s.wire.last("").body) {
			list, _ := object["event_filters"].([]any)
			stored = len(list)
		}
		if len(missing) > 0 {
			return differs("dropped: %s", strings.Join(missing, ", "))
		}
		return expect(stored == len(sent), "%d sent, %d stored, none dropped", len(sent), stored)
	}
}

func sslVerification(ctx context.Context, s *session) finding {
	e, err := s.update(ctx, s.url, false)
	if err == nil {
		_, err = s.update(ctx, s.url, true) // restore the endpoint
	}
	if err != nil {
		return s.refused(err)
	}
	return expect(!e.SSLVerification, "false is stored as %t", e.SSLVerification)
}

// listedKeys returns the keys after the rotation, in the API's order.
func (s *session) listedKeys() []map[string]any {
	var response struct{ Secrets []map[string]any }
	_ = json.Unmarshal(s.wire.last("POST /webhooks/endpoints/{id}/secret").body, &response)
	return response.Secrets
}

func (s *session) isNew(key map[string]any) bool { return text(key, "id") == s.rotation.Secret.ID }

func orderOfKeys(_ context.Context, s *session) finding {
	keys := s.listedKeys()
	seen := fmt.Sprintf("the new key is number %d of %d", slices.IndexFunc(keys, s.isNew)+1, len(keys))
	if s.rotation.Active[0].ID != s.rotation.Secret.ID {
		return broken("%s, but the provider considers another key the newest", seen)
	}
	return expect(len(keys) == 2, "%s", seen)
}

func expiry(_ context.Context, s *session) finding {
	older := slices.DeleteFunc(s.listedKeys(), s.isNew)
	if len(older) == 0 {
		return notSeen("no older key is listed")
	}
	at := text(older[0], "expired_at")
	if at == "" {
		return differs("missing or null; the provider adds the rotation period itself")
	}
	return withAdvice(s.compareTime(at, s.wire.last("POST /webhooks/endpoints/{id}/secret").date.Add(rotationPeriod)))
}

var zoneSuffix = regexp.MustCompile(`(?i)(z|[+-]\d\d(:?\d\d)?)$`)

// compareTime compares a date-time with the expected time. advice is text for a user whose PROSA_TIME_ZONE is wrong.
func (s *session) compareTime(raw string, at time.Time) (f finding, advice string) {
	parsed, err := prosa.ParseTime(raw, s.zone)
	if err != nil {
		return broken("the provider cannot read this form of a date-time"), ""
	}
	off := parsed.Sub(at)
	switch zoned := zoneSuffix.MatchString(raw); {
	case isNear(parsed.Time, at) && zoned:
		return asAssumed("it has a zone and is right"), ""
	case isNear(parsed.Time, at):
		return differs("it has no zone, and is the time in %s", s.zone), ""
	case zoned:
		return broken("it has a zone, but is %s off", off.Round(time.Minute)), ""
	}
	_, ahead := at.In(s.zone).Zone()
	actual := off + time.Duration(ahead)*time.Second
	return broken("it has no zone, and is the time at UTC%+g hours, not in %s", actual.Round(15*time.Minute).Hours(), s.zone),
		": set PROSA_TIME_ZONE, and time_zone of the provider"
}

func withAdvice(f finding, advice string) finding {
	f.seen += advice
	return f
}

func isNear(a, b time.Time) bool { return a.Sub(b).Abs() < 10*time.Minute }

// listedAs returns the object whose idField is id from the latest response to request.
func (s *session) listedAs(request, idField, id string) map[string]any {
	for _, object := range elements(s.wire.last(request).body) {
		if text(object, idField) == id {
			return object
		}
	}
	return nil
}

const listDeliveries = "GET /webhooks/endpoints/{id}/deliveries"

func pingType(_ context.Context, s *session) finding {
	status := "no response_status"
	if s.delivery.ResponseStatus != nil {
		status = fmt.Sprint("response_status ", *s.delivery.ResponseStatus)
	}
	seen := fmt.Sprintf("listed after %s; body: %s; %s", s.listed.Round(100*time.Millisecond), shape(s.delivery.RequestBody), status)
	if kind := s.delivery.EventType; kind != prosa.PingEvent && kind != "" {
		return broken("no webhook.ping was listed in time, but an event of another type; %s", seen)
	}
	return expect(s.delivery.EventType != "", "%s", seen)
}

func eventTime(_ context.Context, s *session) finding {
	event := s.listedAs("GET /webhooks/events", "id", s.delivery.EventID)
	return withAdvice(s.compareTime(text(event, "created_at"), s.tested))
}

func deliveryTime(_ context.Context, s *session) finding {
	f, advice := s.compareTime(text(s.listedAs(listDeliveries, "delivery_id", s.delivery.ID), "delivery"), s.tested)
	if f.verdict == breaks && isNear(s.delivery.DeliveredAt.Time, s.tested) {
		return differs("%s; the signature corrects it", f.seen)
	}
	return withAdvice(f, advice)
}

func deliveryHeaders(_ context.Context, s *session) finding {
	headers, _ := s.listedAs(listDeliveries, "delivery_id", s.delivery.ID)["request_headers"].(map[string]any)
	seen, ok := fmt.Sprintf("%d headers", len(headers)), len(headers) > 0
	upper, lists := false, false
	for name, value := range headers {
		_, single := value.(string)
		upper, lists = upper || name != strings.ToLower(name), lists || !single
	}
	if upper {
		seen += "; names are not in lower case"
	}
	if lists {
		seen += "; values are lists"
	}
	for _, name := range []string{"x-prosa-event", "x-prosa-event-uuid", "x-prosa-signature"} {
		if s.header(name) == "" {
			seen, ok = seen+"; without "+name, false
		}
	}
	return expect(ok && !upper && !lists, "%s", seen)
}

// header returns a header of the test event's delivery, ignoring the case of its name.
func (s *session) header(name string) string {
	for given, value := range s.delivery.RequestHeaders {
		if strings.EqualFold(given, name) {
			return value
		}
	}
	return ""
}

var signatureForm = regexp.MustCompile(`^t=(\d{9,11})(, ?v1=[0-9a-f]{64})+$`)

func signature(_ context.Context, s *session) finding {
	header := s.header("x-prosa-signature")
	match := signatureForm.FindStringSubmatch(header)
	if match == nil {
		name, _, _ := strings.Cut(header, "=")
		if !plainName.MatchString(name) || len(name) > 10 { // not a name such as "sha256", but perhaps the signature itself
			name = "?"
		}
		return broken("another form, which begins with %q", name)
	}
	seconds, _ := strconv.ParseInt(match[1], 10, 64)
	if !isNear(time.Unix(seconds, 0), s.tested) {
		return broken("t is not the time of the test event")
	}
	keys := []string{s.signingKey}
	for _, k := range s.rotation.Active {
		keys = append(keys, k.Key)
	}
	count := strings.Count(header, "v1=")
	// The API can list a body in another format than it was delivered in.
	var compact bytes.Buffer
	_ = json.Compact(&compact, s.delivery.RequestBody)
	spaced := strings.NewReplacer(`":`, `": `, `,"`, `, "`).Replace(compact.String())
	for _, body := range []string{string(s.delivery.RequestBody), compact.String(), spaced} {
		if prosa.VerifySignature(header, body, keys) {
			if !s.has[aRotation] {
				return asAssumed("right, with %d v1; the active keys are not known", count)
			}
			return expect(count == len(s.rotation.Active), "right, with %d v1 for %d active keys", count, len(s.rotation.Active))
		}
	}
	return notSeen("the form is right, with %d v1, but no key matches: it is wrong, or the list formats the body differently", count)
}

// margin is how many days the provider adds on both sides of a range, because it filters the results itself.
const margin = 2

// firstListing lists deliveries with each of days, in this order, as a date parameter, and returns the first day whose list
// contains the test event's delivery. Day 0 is the day of the test event in UTC. ok is false if no list contains it, or if
// a request failed; last is the last response.
func (s *session) firstListing(ctx context.Context, parameter string, days ...int) (first int, ok bool, last exchange) {
	for _, day := range days {
		date := s.tested.UTC().AddDate(0, 0, day).Format(time.DateOnly)
		last = s.get(ctx, "/webhooks/endpoints/"+url.PathEscape(s.endpoint.ID)+"/deliveries?"+parameter+"="+date)
		if last.status != 200 {
			return 0, false, last
		}
		if s.listedAs(listDeliveries, "delivery_id", s.delivery.ID) != nil {
			return day, true, last
		}
	}
	return 0, false, last
}

func fromDate(ctx context.Context, s *session) finding {
	day, ok, last := s.firstListing(ctx, "from_date", margin+1, 1, 0, -1, -margin)
	switch {
	case last.status != 200:
		return broken("%s", last)
	case !ok:
		return broken("it leaves out what happened %d days after it", margin)
	case day > margin:
		return differs("it is ignored")
	case s.tested.UTC().Day() == s.tested.In(s.zone).Day() && day == 0:
		return asAssumed("included; at this time of day, UTC and %s have the same date", s.zone)
	}
	if day < 0 {
		return differs("it leaves out its own day, or its date is that of UTC %+d days", day)
	}
	return expect(day == 0, "included; the date is that of UTC %+d days", day)
}

func toDate(ctx context.Context, s *session) finding {
	today, _, _ := s.firstListing(ctx, "from_date", 1, 0, -1)
	day, ok, last := s.firstListing(ctx, "to_date", -margin-1, -1, 0, 1, margin)
	switch {
	case last.status != 200:
		return broken("%s", last)
	case !ok:
		return broken("it leaves out what happened %d days before it", margin)
	case day < -margin:
		// Some of Prosa's pages call it until_date.
		if _, listed, other := s.firstListing(ctx, "until_date", day); !listed && other.status == 200 {
			return differs("it is ignored: its name is until_date")
		}
		return differs("it is ignored")
	case day > today && today < 0: // an exclusive from_date gives an earlier day
		return differs("it or from_date leaves out its own day")
	case day > today:
		return differs("it is not included")
	}
	return asAssumed("included")
}

// missing returns the check of a request for an object that does not exist.
func missing(kind, request string, call func(*session, context.Context) (any, error)) func(context.Context, *session) finding {
	return func(ctx context.Context, s *session) finding {
		_, err := call(s, ctx)
		seen, failure := s.wire.last(request), prosa.As(err)
		switch {
		case failure == nil:
			return broken("it exists: %s", seen)
		case kind == "endpoint" && !prosa.IsEndpointDeleted(err):
			return broken("%s; the provider does not recognize that the endpoint is deleted", seen)
		}
		return expect(failure.StatusCode == 404 && failure.Status == "webhook_"+kind+"_not_found" && strings.Contains(failure.Context, kind+"_id"), "%s", seen)
	}
}

func keysInErrors(_ context.Context, s *session) finding {
	refusals := 0
	for _, e := range s.wire.all("") {
		if e.status < 400 {
			continue
		}
		refusals++
		for _, key := range []string{s.apiKey, wrongAPIKey, s.signingKey} {
			if bytes.Contains(e.body, []byte(key)) {
				return differs("%s: the message repeats the key that was sent", e.operation)
			}
		}
	}
	return asAssumed("no key in %d errors", refusals)
}

func rateLimit(_ context.Context, s *session) finding {
	var seen []string
	all := s.wire.all("")
	for _, e := range all {
		if e.status == 429 {
			form := strings.Trim(regexp.MustCompile(`[0-9]+`).ReplaceAllString(e.header.Get("Retry-After"), "N"), " ")
			seen = append(seen, fmt.Sprintf("429, Retry-After: %s", cmp.Or(form, "missing")))
		}
	}
	if slices.Sort(seen); len(seen) == 0 {
		return notSeen("no 429 in %d responses", len(all))
	}
	return asAssumed("%s", strings.Join(slices.Compact(seen), "; "))
}

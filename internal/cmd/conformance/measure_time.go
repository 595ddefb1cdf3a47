package main

import (
	"context"
	"net/url"
	"regexp"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

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
	case day < 0:
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

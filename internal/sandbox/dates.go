package sandbox

import (
	"cmp"
	"time"
)

// zone returns a time zone by its IANA name. [Quirks.Validate] refuses unknown names.
func zone(name string) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil {
		return zone
	}
	return time.UTC
}

// localZone is where date-times without a zone are local.
func (s *Server) localZone() *time.Location { return zone(cmp.Or(s.Quirks.TimeZone, "Asia/Jakarta")) }

// dateTime formats a time: with a zone as in the reference's listings, or without one as in its event detail.
func (s *Server) dateTime(t time.Time) string {
	if s.Quirks.ZonelessTimes {
		return t.In(s.localZone()).Format("2006-01-02T15:04:05.000000")
	}
	return t.UTC().Format("2006-01-02T15:04:05.999999Z07:00")
}

// deliveryTime formats the time of a delivery. In the reference's example this is a local time that ends in Z.
func (s *Server) deliveryTime(t time.Time) string {
	if s.Quirks.FalseUTC {
		return t.In(s.localZone()).Format("2006-01-02T15:04:05.999999") + "Z"
	}
	return s.dateTime(t)
}

// dates is the time range of a list, with an exclusive end. A zero time leaves that side open.
type dates struct{ from, to time.Time }

func (d dates) include(t time.Time) bool {
	return (d.from.IsZero() || !t.Before(d.from)) && (d.to.IsZero() || t.Before(d.to))
}

// parseDate returns the start of a day, written as YYYY-MM-DD, in a zone. It rejects the year 0.
func parseDate(text string, zone *time.Location) (time.Time, bool) {
	day, err := time.ParseInLocation(time.DateOnly, text, zone)
	return day, err == nil && day.Year() > 0
}

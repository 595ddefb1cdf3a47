package prosa

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // for Config.TimeZone on machines without a time zone database
)

// timeLayouts are the forms in which installations send times.
var timeLayouts = []string{
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04:05Z0700",
	"2006-01-02T15:04:05Z07",
	"2006-01-02T15:04:05",
}

// maxTime is longer than any time.
const maxTime = 64

// Time is a time of the API, in UTC.
type Time struct{ time.Time }

// ParseTime parses a time of the API, with or without a fraction. A time without a zone is in zone.
func ParseTime(text string, zone *time.Location) (Time, error) {
	if len(text) > maxTime {
		return Time{}, fmt.Errorf("a date-time has %d characters", len(text))
	}
	upper := strings.Replace(strings.ToUpper(text), " ", "T", 1)
	for _, layout := range timeLayouts {
		if t, err := time.ParseInLocation(layout, upper, zone); err == nil {
			if utc := t.UTC(); utc.Year() >= 1 && utc.Year() <= 9999 {
				return Time{utc}, nil
			}
		}
	}
	return Time{}, fmt.Errorf("%q is not a date-time", text)
}

// String is RFC 3339 in UTC, with the fraction if there is one.
func (t Time) String() string { return t.UTC().Format(time.RFC3339Nano) }

// time parses the time in a field, which must not be missing.
func (c *Client) time(name string, text *string) (Time, error) {
	if text == nil {
		return Time{}, fmt.Errorf("it has no %q", name)
	}
	t, err := ParseTime(*text, c.config.TimeZone)
	if err != nil {
		return t, fmt.Errorf("%q in it: %w", name, err)
	}
	return t, nil
}

// ParseDate parses a day of the form YYYY-MM-DD, and returns its beginning in UTC.
func ParseDate(text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Year() < 1000 {
		return time.Time{}, fmt.Errorf("%q is not a day of the form YYYY-MM-DD, such as 2026-01-31", text)
	}
	return day, nil
}

// Days is a range of whole days in UTC, both included: YYYY-MM-DD, or empty for no limit.
type Days struct{ From, To string }

// margin is how many more days are requested before and after a range. Some installations use days of another time zone,
// or leave out the last day.
const margin = 2

// period returns a query for at least these days, and a function that reports whether a time is in them.
func (d Days) period() (query map[string][]string, includes func(Time) bool, err error) {
	query = map[string][]string{}
	var from, end time.Time
	if d.From != "" {
		if from, err = ParseDate(d.From); err != nil {
			return nil, nil, err
		}
		query["from_date"] = []string{from.AddDate(0, 0, -margin).Format(time.DateOnly)}
	}
	if d.To != "" {
		if end, err = ParseDate(d.To); err != nil {
			return nil, nil, err
		}
		if last := end.AddDate(0, 0, margin); last.Year() <= 9999 { // no later date has the form YYYY-MM-DD
			query["to_date"] = []string{last.Format(time.DateOnly)}
		}
		end = end.AddDate(0, 0, 1)
	}
	return query, func(t Time) bool {
		return !t.Before(from) && (end.IsZero() || t.Before(end))
	}, nil
}

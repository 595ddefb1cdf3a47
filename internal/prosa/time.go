package prosa

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// timeLayouts are the forms of date-times that installations send; those without a zone are in UTC.
var timeLayouts = []string{
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04:05Z0700",
	"2006-01-02T15:04:05",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05",
}

// Time is a date-time of the API: with or without a zone and fractions; without a zone it is UTC.
type Time struct{ time.Time }

// ParseTime reads a date-time as the API writes it. The result is in UTC.
func ParseTime(text string) (Time, error) {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, strings.ToUpper(text)); err == nil {
			if utc := t.UTC(); utc.Year() >= 1 && utc.Year() <= 9999 {
				return Time{utc}, nil
			}
		}
	}
	return Time{}, fmt.Errorf("%q is not a date-time", text)
}

// String is RFC 3339 in UTC, with the fraction if there is one.
func (t Time) String() string { return t.UTC().Format(time.RFC3339Nano) }

// UnmarshalJSON reads what ParseTime does; null is an error.
func (t *Time) UnmarshalJSON(raw []byte) error {
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	if text == nil {
		return fmt.Errorf("a date-time is null")
	}
	parsed, err := ParseTime(*text)
	*t = parsed
	return err
}

// ParseDate checks a day as the API's filters want it: YYYY-MM-DD, a real day.
func ParseDate(text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Year() < 1 {
		return time.Time{}, fmt.Errorf("%q is not a day of the form YYYY-MM-DD, such as 2026-01-31", text)
	}
	return day, nil
}

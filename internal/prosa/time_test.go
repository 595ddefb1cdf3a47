package prosa

import (
	"strings"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	t.Parallel()
	jakarta, err := time.LoadLocation(DefaultTimeZone)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"2023-01-17T14:26:22Z":             "2023-01-17T14:26:22Z",
		"2023-01-17T14:26:27.329321":       "2023-01-17T07:26:27.329321Z", // Jakarta
		"2023-01-17T14:26:27":              "2023-01-17T07:26:27Z",
		"2023-01-17T14:26:27+00":           "2023-01-17T14:26:27Z",
		"2023-01-17T21:26:27.5+07":         "2023-01-17T14:26:27.5Z",
		"2023-01-17t14:26:27.5z":           "2023-01-17T14:26:27.5Z",
		"2023-01-17T14:26:27.123456789Z":   "2023-01-17T14:26:27.123456789Z",
		"2023-01-17T14:26:27.120000Z":      "2023-01-17T14:26:27.12Z",
		"2023-01-17T21:26:22+07:00":        "2023-01-17T14:26:22Z",
		"2023-01-17T21:26:22.5+0700":       "2023-01-17T14:26:22.5Z",
		"2023-01-17T00:26:22-14:00":        "2023-01-17T14:26:22Z",
		"2023-01-17 14:26:22":              "2023-01-17T07:26:22Z",
		"2023-01-17 21:26:22.25+07:00":     "2023-01-17T14:26:22.25Z",
		"2024-02-29T00:00:00":              "2024-02-28T17:00:00Z",
		"0001-01-01T00:00:00Z":             "0001-01-01T00:00:00Z",
		"9999-12-31T23:59:59.999999+00:00": "9999-12-31T23:59:59.999999Z",
	} {
		got, err := ParseTime(text, jakarta)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		equal(t, text, got.String(), want)
		equal(t, text+": zone", got.Location().String(), "UTC")
	}
	for _, text := range []string{
		"", "now", "2023-01-17", "14:26:22", "2023-02-30T00:00:00Z", "2023-01-17T24:00:00Z", "2023-01-17T14:26Z", " 2023-01-17T14:26:22Z",
		"2023-01-17T14:26:22Z ", "2023-01-17T14:26:22+25:00", "1673965582", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00",
		"9999-12-31T23:59:59-01:00", "02023-01-17T14:26:22Z",
		"2023-01-17T14:26:22." + strings.Repeat("0", 100),
	} {
		got, err := ParseTime(text, jakarta)
		if err == nil {
			t.Errorf("%q is accepted as %s", text, got)
		} else if len(err.Error()) > 100 { // quoting a text of many megabytes would take seconds
			t.Errorf("the error has %d characters, want at most 100", len(err.Error()))
		}
	}
}

func TestParseDate(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"2026-01-31", "2024-02-29", "1000-01-01", "9999-12-31"} {
		day, err := ParseDate(text)
		equal(t, text, []any{day.Format(time.RFC3339), err}, []any{text + "T00:00:00Z", nil})
	}
	for _, text := range []string{
		"", "2026-02-29", "2026-02-30", "2026-13-01", "2026-00-10", "2026-1-1", "26-01-01", "0000-01-01", "0999-12-31", "2026/01/31", "31-01-2026",
		"2026-01-31T00:00:00Z", " 2026-01-31", "2026-01-31 ", "today", "２026-01-31",
	} {
		if day, err := ParseDate(text); err == nil {
			t.Errorf("%q is accepted as %s", text, day)
		} else {
			mustContain(t, err.Error(), "YYYY-MM-DD")
		}
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

const issueURL = "https://github.com/prosa-ai/terraform-provider-prosa/issues/new?template=conformance.yml"

func count(results []result, v verdict) int {
	n := 0
	for _, r := range results {
		if r.verdict == v {
			n++
		}
	}
	return n
}

// The columns of the table.
const (
	verdictWidth = 20
	nameWidth    = 30
	seenWidth    = 80
)

// printTable prints a row for each check. Below the table, it prints the provider's assumption for each row that
// differs.
func (s *session) printTable(results []result) {
	s.say("\n%-*s%-*s%s\n", verdictWidth, "RESULT", nameWidth, "CHECK", "SEEN")
	for _, r := range results {
		lines := wrap(r.seen)
		if r.verdict == handled || r.verdict == breaks {
			lines = append(lines, wrap("Assumed: "+r.assumes+" ("+r.source+")")...)
		}
		s.say("%-*s%-*s%s\n", verdictWidth, r.verdict, nameWidth, r.name, lines[0])
		for _, line := range lines[1:] {
			s.say("%*s%s\n", verdictWidth+nameWidth, "", line)
		}
	}
	s.say("\n")
	for _, v := range verdicts {
		s.say("%4d  %s\n", count(results, v), v)
	}
	for _, r := range results {
		if r.verdict == breaks {
			s.say("\n%s: %s: %s\n", breaks, r.name, r.seen)
		}
	}
	s.say("\n")
}

// wrap breaks text into lines.
func wrap(text string) []string {
	lines := []string{""}
	for word := range strings.FieldsSeq(text) {
		last := &lines[len(lines)-1]
		if *last != "" && len(*last)+1+len(word) > seenWidth {
			lines = append(lines, word)
		} else {
			*last = strings.TrimPrefix(*last+" "+word, " ")
		}
	}
	return lines
}

// reportedCheck is one check in the report.
type reportedCheck struct {
	Name    string  `json:"name"`
	Result  verdict `json:"result"`
	Seen    string  `json:"seen"`
	Assumed string  `json:"assumed"`
	Source  string  `json:"source"`
}

// reportedRequest is one kind of request and response, and how often it occurred.
type reportedRequest struct {
	Seen  string `json:"seen"`
	Count int    `json:"count"`
}

// writeReport writes the results as JSON. It names the installation only if it is Prosa's public one, and contains no
// ids.
func (s *session) writeReport(out io.Writer, results []result) error {
	report := struct {
		Date         string            `json:"date"`
		Version      string            `json:"version"`
		Installation string            `json:"installation"`
		TimeZone     string            `json:"time_zone"`
		Summary      map[verdict]int   `json:"summary"`
		Checks       []reportedCheck   `json:"checks"`
		Requests     []reportedRequest `json:"requests"`
	}{
		Date: time.Now().UTC().Format(time.DateOnly), Version: "unknown", Installation: "another one",
		TimeZone: s.zone.String(), Summary: map[verdict]int{},
	}
	if s.baseURL == prosa.DefaultBaseURL {
		report.Installation = s.baseURL
	}
	if build, ok := debug.ReadBuildInfo(); ok {
		report.Version = build.Main.Version
	}
	for _, v := range verdicts {
		report.Summary[v] = count(results, v)
	}
	for _, r := range results {
		report.Checks = append(report.Checks, reportedCheck{r.name, r.verdict, r.seen, r.assumes, r.source})
	}
	at := map[string]int{}
	for _, e := range s.wire.all("") {
		seen := e.String()
		if _, known := at[seen]; !known {
			at[seen] = len(report.Requests)
			report.Requests = append(report.Requests, reportedRequest{Seen: seen})
		}
		report.Requests[at[seen]].Count++
	}
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(report); err != nil {
		return err
	}
	_, err := fmt.Fprint(out, s.client.Redact(text.String()))
	return err
}

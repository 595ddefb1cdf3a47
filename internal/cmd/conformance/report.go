package main

import (
	"encoding/json"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

const issueURL = "https://github.com/prosa-ai/terraform-provider-prosa/issues/new?template=conformance.yml"

// printTable prints a row for each check, with the provider's assumption if it differs.
func (s *session) printTable(results []result) {
	s.say("\n%-20s%-26s%s\n", "RESULT", "CHECK", "SEEN")
	for _, r := range results {
		s.say("%-20s%-26s%s\n", r.verdict, r.name, r.seen)
		if r.verdict == handled || r.verdict == breaks {
			s.say("%46s(assumed: %s; %s)\n", "", r.assumes, r.source)
		}
	}
	s.say("\n")
	for _, v := range verdicts {
		s.say("%4d  %s\n", count(results, v), v)
	}
	s.say("\n")
}

func count(results []result, v verdict) (n int) {
	for _, r := range results {
		if r.verdict == v {
			n++
		}
	}
	return n
}

// report is the JSON report. It contains no ids, and names the installation only if it is Prosa's public one.
type report struct {
	Date         string            `json:"date"`
	Version      string            `json:"version"`
	Installation string            `json:"installation"`
	TimeZone     string            `json:"time_zone"`
	Summary      map[verdict]int   `json:"summary"`
	Checks       []reportedCheck   `json:"checks"`
	Requests     []reportedRequest `json:"requests"`
}

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

// writeReport writes the results to a file, as JSON.
func (s *session) writeReport(file string, results []result) error {
	report := report{
		Date: time.Now().UTC().Format(time.DateOnly), Version: "unknown", Installation: "another one",
		TimeZone: s.zone.String(), Summary: map[verdict]int{},
	}
	if s.baseURL == prosa.DefaultBaseURL {
		report.Installation = s.baseURL
	}
	if build, ok := debug.ReadBuildInfo(); ok {
		report.Version = build.Main.Version
	}
	for _, r := range results {
		report.Summary[r.verdict]++
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
	return os.WriteFile(file, []byte(s.client.Redact(text.String())), 0o600)
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// result counts tests, subtests included.
type result struct {
	passed, failed, skipped int
	unsuccessful            bool // go test itself says so, also when nothing ran
}

// bad says whether anything was wrong. No test at all is wrong, too.
func (r result) bad() bool { return r.failed > 0 || r.unsuccessful || r.passed == 0 }

// event is a line of go test -json.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// readEvents counts the tests of go test -json. What those that fail have printed is written to out, and so is what was
// printed outside of tests by a package that fails.
func readEvents(events io.Reader, out io.Writer) (r result, err error) {
	printed := map[string]*strings.Builder{}
	decoder := json.NewDecoder(events)
	for {
		var e event
		if err := decoder.Decode(&e); errors.Is(err, io.EOF) {
			return r, nil
		} else if err != nil {
			return r, fmt.Errorf("go test printed something unexpected: %w", err)
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output", "build-output":
			if printed[key] == nil {
				printed[key] = &strings.Builder{}
			}
			printed[key].WriteString(e.Output)
			continue
		case "fail", "build-fail":
			if text := printed[key]; text != nil {
				_, _ = io.WriteString(out, text.String())
			}
		case "pass", "skip":
		default:
			continue
		}
		delete(printed, key)
		if e.Test != "" {
			r.count(e.Action)
		}
	}
}

func (r *result) count(action string) {
	switch action {
	case "pass":
		r.passed++
	case "fail":
		r.failed++
	case "skip":
		r.skipped++
	}
}

func printTable(out io.Writer, clis []cli) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "\nCLI\tpassed\tfailed\tskipped\ttime\tresult")
	for _, c := range clis {
		verdict := "ok"
		if c.result.bad() {
			verdict = "FAILED"
		}
		_, _ = fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%s\t%s\n", c.version, c.result.passed, c.result.failed, c.result.skipped, c.took.Round(time.Second), verdict)
	}
	_ = table.Flush()
}

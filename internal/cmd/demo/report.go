package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// report writes what happens for somebody who watches.
type report struct {
	out    io.Writer
	rows   []row
	warned bool // of what is on purpose
}

// row is a line of the table at the end.
type row struct{ step, did, requests string }

// print writes a line. When nobody reads it any more, the demo is interrupted by that.
func (r *report) print(line string) { _, _ = fmt.Fprintln(r.out, line) }

func (r *report) say(format string, args ...any) { r.print(fmt.Sprintf(format, args...)) }

// step begins a step, with what it shows.
func (r *report) step(number int, title, about string) {
	r.say("\n── %d. %s", number, title)
	r.print(about)
}

// show quotes a file, or lines of one.
func (r *report) show(text string) {
	for line := range strings.Lines(strings.TrimSpace(text)) {
		r.print(strings.TrimRight("   │ "+line, " \n"))
	}
}

// command shows what was run, and what of its outcome matters here.
func (r *report) command(line string, o outcome) {
	r.print("   $ " + line)
	for _, change := range o.changes {
		r.print("     " + change)
	}
	r.print("     " + o.summary)
	if o.overHTTP && !r.warned {
		r.warned = true
		r.say("     Warning: %s    (on purpose: the receiver is on this machine)", warningHTTP)
	}
}

func (r *report) found(format string, args ...any) { r.print("   ✓ " + fmt.Sprintf(format, args...)) }

func (r *report) done(title, did string, journal []sandbox.Request) {
	r.rows = append(r.rows, row{step: fmt.Sprintf("%d. %s", len(r.rows)+1, title), did: did, requests: requests(journal)})
}

func (r *report) table() {
	r.print("")
	table := tabwriter.NewWriter(r.out, 0, 0, 3, ' ', 0)
	_, _ = fmt.Fprintf(table, "STEP\tWHAT TERRAFORM DID\tREQUESTS TO THE API\n")
	for _, row := range r.rows {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", row.step, row.did, row.requests)
	}
	_ = table.Flush()
	r.print("")
}

// requests counts by method, those that change something first.
func requests(journal []sandbox.Request) string {
	count := map[string]int{}
	for _, r := range journal {
		count[r.Method]++
	}
	var parts []string
	for _, method := range []string{"POST", "PUT", "DELETE", "GET"} {
		if n := count[method]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, method))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

package main

import (
	"cmp"
	"context"
	"debug/buildinfo"
	"fmt"
	"io"
	"os/exec"
	"path"
	"runtime"
	"strings"
	"time"
)

// report writes the tables, in Markdown.
func (b *bench) report(out io.Writer, at time.Time) error {
	var text strings.Builder
	text.WriteString(b.head(at))
	text.WriteString("\n| endpoints | command | requests | connections | at the same time | time | CPU | memory |\n|---:|---|---|---:|---:|---:|---:|---:|\n")
	for _, n := range b.counts {
		for _, name := range []string{create, plan, planSecrets, planRotations, destroy} {
			m, ok := b.of(b.prosa, n, name)
			if !ok {
				continue
			}
			fmt.Fprintf(&text, "| %d | %s | %s | %d | %d | %s | %s | %s |\n", n, name, m.byMethod(), m.connections, m.concurrent, seconds(m.time), seconds(m.CPU), mebibytes(m.Memory))
		}
	}
	if b.random != nil {
		text.WriteString("\n| resources | command | `prosa_webhook_endpoint` | `random_bytes` | CPU | CPU of the other | memory | memory of the other |\n|---:|---|---:|---:|---:|---:|---:|---:|\n")
		for _, n := range b.counts {
			for _, name := range []string{create, plan, destroy} {
				ours, _ := b.of(b.prosa, n, name)
				theirs, _ := b.of(b.random, n, name)
				fmt.Fprintf(&text, "| %d | %s | %s | %s | %s | %s | %s | %s |\n", n, name, seconds(ours.time), seconds(theirs.time),
					seconds(ours.CPU), seconds(theirs.CPU), mebibytes(ours.Memory), mebibytes(theirs.Memory))
			}
		}
	}
	text.WriteString("\n| goal | at most | measured | |\n|---|---|---|---|\n")
	for _, g := range b.goals() {
		fmt.Fprintf(&text, "| %s | %s | %s | %s |\n", g.what, g.limit, cmp.Or(g.measured, "–"), g.verdict())
	}
	_, err := io.WriteString(out, text.String())
	return err
}

// head says what was measured, with what, when and where.
func (b *bench) head(at time.Time) string {
	compared := ""
	if b.random != nil {
		compared = ", beside " + b.random.version
	}
	runs := "one run"
	if b.runs > 1 {
		runs = fmt.Sprintf("medians of %d runs", b.runs)
	}
	return fmt.Sprintf("%s: %s, %s%s; %s, %s/%s with %d cores; every answer of the API takes %s; %s. CPU and memory are those of the provider's process.\n",
		at.Format(time.DateOnly), b.prosa.plain.Version, b.prosa.version, compared, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), b.latency, runs)
}

// checkedOut is the commit that the provider is built from.
func checkedOut(ctx context.Context) string {
	output, err := exec.CommandContext(ctx, "git", "describe", "--tags", "--always", "--dirty=, with changes").Output()
	if err != nil {
		return "an unknown commit"
	}
	return strings.TrimSpace(string(output))
}

// versionOf is what a Go program says it was built from.
func versionOf(program string) string {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return "a provider of an unknown version"
	}
	name := path.Base(info.Main.Path)
	if info.Main.Version == "(devel)" {
		return name + " of an unknown version"
	}
	return name + " " + info.Main.Version
}

// byMethod counts the requests, those that change something first.
func (t traffic) byMethod() string {
	var parts []string
	for _, method := range []string{"POST", "PUT", "DELETE", "GET"} {
		if n := t.requests[method]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, method))
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "none")
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func mebibytes(n int64) string {
	if n == 0 {
		return "?"
	}
	return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
}

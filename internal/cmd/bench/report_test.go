package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		given []time.Duration
		want  time.Duration
	}{{[]time.Duration{3}, 3}, {[]time.Duration{9, 1, 3}, 3}, {[]time.Duration{9, 1, 3, 5}, 4}} {
		var all []measure
		for _, d := range row.given {
			all = append(all, measure{time: d})
		}
		if got := median(all, func(m measure) time.Duration { return m.time }); got != row.want {
			t.Errorf("the median of %v is %d, want %d", row.given, got, row.want)
		}
	}
}

func TestReadUsage(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "usage")
	write := func(lines ...string) {
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := readUsage(file); err == nil {
		t.Error("no provider at all passes")
	}
	write("started", `{"CPU":5,"Memory":70}`, "started", "started", `{"CPU":7,"Memory":90}`, `{"CPU":1,"Memory":80}`)
	if got, err := readUsage(file); err != nil || got != (usage{CPU: 13, Memory: 90}) {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := readUsage(file); err == nil {
		t.Error("what was read once is read again")
	}
	for _, wrong := range [][]string{{"started"}, {"started", "started", `{"CPU":5}`}, {"started", "x"}} {
		write(wrong...)
		if _, err := readUsage(file); err == nil {
			t.Errorf("%q passes", wrong)
		}
	}
}

// exact is a benchmark in which all goals are met, just so.
func exact() *bench {
	b := newBench(settings{counts: []int{1, 500, 5000}, latency: 50 * time.Millisecond, runs: 1, random: "x"}, nil)
	b.prosa, b.random = &subject{name: "prosa"}, &subject{name: "random"}
	for _, n := range b.counts {
		set := func(s *subject, name string, took time.Duration, requests, connections int) {
			b.measured[what{s.name, n, name}] = []measure{{
				time:    took,
				usage:   usage{CPU: time.Duration(100+n) * time.Millisecond, Memory: int64(2_000_000 + 200*n)},
				traffic: traffic{requests: map[string]int{"GET": requests}, connections: connections},
			}}
		}
		set(b.prosa, plan, 1250*time.Millisecond, 1, 1)
		set(b.prosa, planSecrets, time.Second, n, 10)
		set(b.prosa, planRotations, time.Second, n+1, 10)
		set(b.prosa, create, 3850*time.Millisecond, n+1, 10)
		set(b.prosa, destroy, 3850*time.Millisecond, n+1, 11)
		for _, name := range []string{create, plan, destroy} {
			set(b.random, name, time.Second, 0, 0)
		}
	}
	b.change(1, plan, func(m *measure) { m.time = 1155 * time.Millisecond })
	return b
}

func (b *bench) change(n int, name string, change func(*measure)) {
	change(&b.measured[what{b.prosa.name, n, name}][0])
}

func (b *bench) missed() (missed []string) {
	for _, g := range b.goals() {
		if g.verdict() != "met" {
			missed = append(missed, g.what+" "+g.verdict())
		}
	}
	return missed
}

func TestGoalsThatAreMissed(t *testing.T) {
	t.Parallel()
	if missed := exact().missed(); len(missed) > 0 {
		t.Fatalf("%q", missed)
	}
	for want, row := range map[string]struct {
		n      int
		name   string
		change func(*measure)
	}{
		"plan without changes, N endpoints missed": {500, plan, func(m *measure) { m.requests = map[string]int{"GET": 2} }},
		"the same with a rotation for each missed": {1, planRotations, func(m *measure) { m.requests = map[string]int{"GET": 3} }},
		"plan with `store_secrets = true` missed":  {5000, planSecrets, func(m *measure) { m.requests = map[string]int{"GET": 5001} }},
		"create missed":                            {500, create, func(m *measure) { m.requests = map[string]int{"GET": 2, "POST": 500} }},
		"destroy, its refresh included missed":     {500, destroy, func(m *measure) { m.requests = map[string]int{"GET": 2, "DELETE": 500} }},
		"connections opened by any command missed": {500, create, func(m *measure) { m.connections = 11 }},
		"plan without changes, 1 missed":           {1, plan, func(m *measure) { m.time += 2 * time.Millisecond }},
		"plan without changes, 500 missed":         {500, plan, func(m *measure) { m.time += 2 * time.Millisecond }},
		"create, 500 missed":                       {500, create, func(m *measure) { m.time += 4 * time.Millisecond }},
		"destroy, 500 missed":                      {500, destroy, func(m *measure) { m.time += 4 * time.Millisecond }},
		"CPU that one more endpoint takes in a plan, beyond 500 and up to 5000 missed": {5000, plan, func(m *measure) { m.CPU += 700 * time.Millisecond }},
		"memory of a plan of 5000 missed":                                              {5000, plan, func(m *measure) { m.Memory = 3_100_000 }},
	} {
		b := exact()
		b.change(row.n, row.name, row.change)
		if missed := b.missed(); !slices.Equal(missed, []string{want}) {
			t.Errorf("missed are %q, want only %q", missed, want)
		}
	}
}

func TestGoalsThatWereNotMeasured(t *testing.T) {
	t.Parallel()
	b := exact()
	b.counts = []int{1}
	for of := range b.measured {
		if of.n != 1 {
			delete(b.measured, of)
		}
	}
	missed := b.missed()
	if len(missed) != 5 {
		t.Errorf("%q", missed)
	}
	for _, g := range missed {
		if !strings.HasSuffix(g, "not measured") {
			t.Error(g)
		}
	}
}

package main

import (
	"fmt"
	"strings"
	"time"
)

// parallelism is how many resources a CLI works on at the same time unless it is told otherwise.
const parallelism = 10

// goal is something that is to hold, and what was measured of it.
type goal struct {
	what, limit string
	measured    string // empty: what it takes was not measured
	missed      bool
}

func (g goal) verdict() string {
	switch {
	case g.measured == "":
		return "not measured"
	case g.missed:
		return "missed"
	}
	return "met"
}

// goals are the ones of the performance guide.
func (b *bench) goals() []goal {
	goals := []goal{
		b.requests("plan without changes, N endpoints", "1 request", plan, func(int) int { return 1 }),
		b.requests("the same with a rotation for each", "N + 1 requests", planRotations, func(n int) int { return n + 1 }),
		b.requests("plan with `store_secrets = true`", "N requests", planSecrets, func(n int) int { return n }),
		b.requests("create", "N + 1 requests", create, func(n int) int { return n + 1 }),
		b.requests("destroy, its refresh included", "N + 1 requests", destroy, func(n int) int { return n + 1 }),
		b.connections(),
	}
	if b.settings.random != "" {
		goals = append(goals,
			b.comparison(1, plan, 1.1, 1),
			b.comparison(500, plan, 1.25, 0),
			b.comparison(500, create, 1.1, 500/parallelism),
			b.comparison(500, destroy, 1.1, 500/parallelism),
		)
	}
	return append(goals, b.growth(), b.memory())
}

// requests holds for every N: the measured ones are given in the order of N.
func (b *bench) requests(what, limit, name string, most func(n int) int) goal {
	g := goal{what: what, limit: limit}
	var counts []string
	for _, n := range b.counts {
		if m, ok := b.of(b.prosa, n, name); ok {
			counts = append(counts, fmt.Sprint(m.total()))
			g.missed = g.missed || m.total() > most(n)
		}
	}
	g.measured = strings.Join(counts, ", ")
	return g
}

// connections allows a destroy one more: its refresh is done by a process of its own, which reads the listing.
func (b *bench) connections() goal {
	g := goal{what: "connections opened by any command", limit: fmt.Sprintf("%d, and 1 more for the refresh of a destroy", parallelism)}
	most := 0
	for _, n := range b.counts {
		for _, name := range []string{create, plan, planSecrets, planRotations, destroy} {
			m, _ := b.of(b.prosa, n, name)
			if name == destroy {
				m.connections--
			}
			most = max(most, m.connections)
		}
	}
	g.measured, g.missed = fmt.Sprint(most), most > parallelism
	return g
}

// comparison holds a command against the same on resources without an API, to which it adds how long the API takes
// for so many answers, one after the other.
func (b *bench) comparison(n int, name string, most float64, answers int) goal {
	beside := time.Duration(answers) * b.latency
	g := goal{what: fmt.Sprintf("%s, %d", name, n), limit: fmt.Sprintf("%.2f × (`random_bytes` + %s)", most, beside)}
	if answers == 0 {
		g.limit = fmt.Sprintf("%.2f × `random_bytes`", most)
	}
	ours, ok := b.of(b.prosa, n, name)
	theirs, also := b.of(b.random, n, name)
	if ok && also {
		ratio := float64(ours.time) / float64(theirs.time+beside)
		g.measured, g.missed = fmt.Sprintf("%.2f ×", ratio), ratio > most
	}
	return g
}

// growth compares what one more endpoint costs beyond 500 with what it costs up to there, so that neither holds the
// start of the process.
func (b *bench) growth() goal {
	g := goal{what: "CPU that one more endpoint takes in a plan, beyond 500 and up to 5000", limit: "1.15 × that from 1 to 500"}
	one, ok1 := b.of(b.prosa, 1, plan)
	few, ok2 := b.of(b.prosa, 500, plan)
	many, ok3 := b.of(b.prosa, 5000, plan)
	if ok1 && ok2 && ok3 {
		ratio := ((many.CPU - few.CPU).Seconds() / 4500) / ((few.CPU - one.CPU).Seconds() / 499)
		g.measured, g.missed = fmt.Sprintf("%.2f ×", ratio), !(ratio <= 1.15)
	}
	return g
}

func (b *bench) memory() goal {
	g := goal{what: "memory of a plan of 5000", limit: "1.5 × that of 1, or what the listing takes"}
	one, ok := b.of(b.prosa, 1, plan)
	many, also := b.of(b.prosa, 5000, plan)
	if ok && also && one.Memory > 0 {
		ratio := float64(many.Memory) / float64(one.Memory)
		g.measured, g.missed = fmt.Sprintf("%.2f ×, %s more", ratio, mebibytes(many.Memory-one.Memory)), ratio > 1.5
	}
	return g
}

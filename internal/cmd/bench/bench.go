package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/cli"
)

// bench is one benchmark. What newBench does not set is set while it runs.
type bench struct {
	settings
	progress io.Writer
	build    func(ctx context.Context, folder string) error // of the provider
	ready    func()                                         // called before the first command

	folder   string // everything on disk is below it
	api      *api
	prosa    *subject
	random   *subject // nil: nothing to compare with
	measured map[what][]measure
}

func newBench(s settings, progress io.Writer) *bench {
	return &bench{settings: s, progress: progress, build: cli.BuildReleased, ready: func() {}, measured: map[what][]measure{}}
}

// what is a command on a number of resources of a subject.
type what struct {
	subject string
	n       int
	name    string
}

// measure is what one command took.
type measure struct {
	time time.Duration
	usage
	traffic
}

func (b *bench) run(ctx context.Context) (err error) {
	if b.folder, err = os.MkdirTemp("", "prosa-bench-"); err != nil {
		return fmt.Errorf("no temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.folder)) }()
	b.say("Working in %s, which is removed at the end.", b.folder)
	if b.api, err = startAPI(ctx, b.latency); err != nil {
		return err
	}
	defer b.api.stop()
	if err := b.prepare(ctx); err != nil {
		return err
	}
	b.ready()
	for run := range b.runs {
		for _, n := range b.counts {
			for _, s := range b.subjects() {
				b.say("run %d of %d: %d of %s", run+1, b.runs, n, s.name)
				if err := b.live(ctx, s, n); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (b *bench) say(format string, args ...any) { _, _ = fmt.Fprintf(b.progress, format+"\n", args...) }

func (b *bench) subjects() []*subject {
	if b.random == nil {
		return []*subject{b.prosa}
	}
	return []*subject{b.prosa, b.random}
}

// prepare finds a CLI, builds the provider, and brings both together.
func (b *bench) prepare(ctx context.Context) error {
	path, err := cli.Find(os.Getenv, exec.LookPath)
	if err != nil {
		return err
	}
	if path == "" {
		b.say("There is no terraform and no tofu on PATH: fetching Terraform with hc-install, which needs the network …")
		if path, err = cli.Fetch(ctx, filepath.Join(b.folder, "cli")); err != nil {
			return err
		}
	}
	b.say("Building the provider from this checkout …")
	if err := b.build(ctx, filepath.Join(b.folder, "prosa")); err != nil {
		return err
	}
	b.prosa, err = newSubject(ctx, path, b.folder, "prosa", cli.Provider, prosaLife, "PROSA_API_KEY="+apiKey, "PROSA_BASE_URL="+b.api.url)
	if err != nil {
		return err
	}
	b.prosa.version = "the provider at " + checkedOut(ctx)
	if b.settings.random == "" {
		return nil
	}
	if err := copyProgram(b.settings.random, filepath.Join(b.folder, "random", cli.Program("random"))); err != nil {
		return err
	}
	b.random, err = newSubject(ctx, path, b.folder, "random", "hashicorp/random", randomLife)
	if err == nil {
		b.random.version = versionOf(b.random.program)
	}
	return err
}

// live takes n resources through all their steps.
func (b *bench) live(ctx context.Context, s *subject, n int) error {
	root, err := os.MkdirTemp(b.folder, "root-")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, "backend.tf"), []byte(backend(b.api.states+filepath.Base(root))), 0o600); err != nil {
		return err
	}
	// There is nothing else yet: what is measured needs no init, and has providers that init would look for in a registry.
	if _, err := b.command(ctx, s.plain, root, []string{"init"}); err != nil {
		return err
	}
	for _, step := range s.life(n, b.brief) {
		if step.config != "" {
			if err := os.WriteFile(filepath.Join(root, "main.tf"), []byte(step.config), 0o600); err != nil {
				return err
			}
		}
		if step.name == "" {
			if _, err := b.command(ctx, s.plain, root, step.args); err != nil {
				return err
			}
			continue
		}
		m, err := b.measure(ctx, s, root, step)
		if err != nil {
			return err
		}
		of := what{s.name, n, step.name}
		b.measured[of] = append(b.measured[of], m)
	}
	if left := len(b.api.sandbox.Endpoints()); left > 0 {
		return fmt.Errorf("%d endpoints are left after the destroy", left)
	}
	return os.RemoveAll(root)
}

// measure takes a step. A plan can be repeated: its time is that of a run in which nobody watches the provider.
func (b *bench) measure(ctx context.Context, s *subject, root string, step step) (m measure, err error) {
	took, err := b.command(ctx, s.watched, root, step.args)
	if err != nil {
		return m, err
	}
	m.time, m.traffic = took, b.api.traffic()
	if m.usage, err = readUsage(s.usage); err != nil {
		return m, err
	}
	if slices.Equal(step.args, planEmpty) {
		m.time, err = b.command(ctx, s.plain, root, step.args)
	}
	return m, err
}

// command runs a command of the CLI, which must succeed, and gives how long it took.
func (b *bench) command(ctx context.Context, c *cli.CLI, root string, args []string) (time.Duration, error) {
	args = append(slices.Clone(args), "-no-color")
	b.api.reset()
	start := time.Now()
	stdout, stderr, exit, err := c.Run(ctx, root, args...)
	took := time.Since(start)
	if err == nil && exit != 0 {
		err = fmt.Errorf("%s %s ended with exit code %d:\n%s\n%s", c.Name(), strings.Join(args, " "), exit, tail(string(stdout), 20), stderr)
	}
	return took, err
}

// tail is the last lines of a text.
func tail(text string, count int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}

// of is the median of what was measured; of requests and connections it is the most.
func (b *bench) of(s *subject, n int, name string) (m measure, ok bool) {
	if s == nil {
		return m, false
	}
	all := b.measured[what{s.name, n, name}]
	if len(all) == 0 {
		return m, false
	}
	m = measure{
		time:  median(all, func(m measure) time.Duration { return m.time }),
		usage: usage{CPU: median(all, func(m measure) time.Duration { return m.CPU }), Memory: median(all, func(m measure) int64 { return m.Memory })},
	}
	for _, one := range all {
		if one.total() >= m.total() {
			m.requests = one.requests
		}
		m.connections = max(m.connections, one.connections)
		m.concurrent = max(m.concurrent, one.concurrent)
	}
	return m, true
}

// median is the middle one, or between the two in the middle.
func median[T int64 | time.Duration](all []measure, value func(measure) T) T {
	values := make([]T, len(all))
	for i, m := range all {
		values[i] = value(m)
	}
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/cli"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// The program of the tests is what the CLI is given in the place of a provider.
func TestMain(m *testing.M) {
	if isPlugin() {
		os.Exit(runPlugin())
	}
	os.Exit(m.Run())
}

func TestReadSettings(t *testing.T) {
	t.Parallel()
	s, err := readSettings([]string{"-n", "500, 1,500", "-latency", "20ms", "-runs", "3", "-brief", "-random", os.Args[0]}, io.Discard)
	if want := (settings{counts: []int{1, 500}, latency: 20 * time.Millisecond, runs: 3, brief: true, random: os.Args[0]}); err != nil || fmt.Sprint(s) != fmt.Sprint(want) {
		t.Errorf("got %+v, %v; want %+v", s, err, want)
	}
	if s, err := readSettings(nil, io.Discard); err != nil || !slices.Equal(s.counts, []int{1, 100, 500, 1000, 5000}) || s.latency != 50*time.Millisecond || s.runs != 1 {
		t.Errorf("the defaults are %+v, %v", s, err)
	}
	for wrong, says := range map[string]string{
		"-n 0": `"0" is no number`, "-n 1,x": `"x" is no number`, "-runs 0": "-runs must be at least 1", "-latency -1s": "-latency cannot be negative", "5": `"5" is no flag`,
		"-random /does/not/exist": "-random names no provider", "-wrong": "flag provided but not defined",
	} {
		if _, err := readSettings(strings.Fields(wrong), io.Discard); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want %q", wrong, err, says)
		}
	}
	var usage bytes.Buffer
	if _, err := readSettings([]string{"-h"}, &usage); !errors.Is(err, flag.ErrHelp) || !strings.Contains(usage.String(), "-latency") {
		t.Errorf("-h gives %v and %q", err, usage.String())
	}
}

// benchOf is a benchmark as small as it can be, with a provider that builds fast.
func benchOf(s settings) (*bench, *bytes.Buffer) {
	var progress bytes.Buffer
	b := newBench(s, &progress)
	b.build = cli.Build
	return b, &progress
}

var workingFolder = regexp.MustCompile(`(?m)^Working in (\S+), which`)

func checkRemoved(t *testing.T, progress *bytes.Buffer) {
	t.Helper()
	found := workingFolder.FindStringSubmatch(progress.String())
	if found == nil {
		t.Fatalf("it names no folder: %s", progress)
	}
	if _, err := os.Stat(found[1]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder %s is left behind: %v", found[1], err)
	}
}

func TestBench(t *testing.T) {
	t.Parallel()
	b, progress := benchOf(settings{counts: []int{1, 3}, latency: time.Millisecond, runs: 1})
	if err := b.run(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, progress)
	}
	checkRemoved(t, progress)
	var out strings.Builder
	if err := b.report(&out, time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"2030-01-02: ", "the provider at ", " takes 1ms; one run.",
		"| 3 | create | 3 POST, 1 GET | ",
		"| 3 | plan without changes | 1 GET | 1 | 1 | ",
		"| 3 | plan, `store_secrets = true` | 3 GET | ",
		"| 3 | plan, a rotation for each | 4 GET | ",
		"| 3 | destroy | 3 DELETE, 1 GET | ",
		"| create | N + 1 requests | 2, 4 | met |",
		"| connections opened by any command | ",
		"| memory of a plan of 5000 | 1.5 × that of 1, or what the listing takes | – | not measured |",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the tables have no %q:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "missed") {
		t.Errorf("a goal is missed:\n%s", out.String())
	}
	for of, all := range b.measured {
		for _, m := range all {
			if m.time <= 0 || m.CPU <= 0 || m.Memory < 1<<20 && runtime.GOOS != "windows" {
				t.Errorf("%v took %s, %s of CPU and %d bytes", of, m.time, m.CPU, m.Memory)
			}
		}
	}
}

func TestABriefBenchLeavesOutRotations(t *testing.T) {
	t.Parallel()
	b, progress := benchOf(settings{counts: []int{2}, runs: 1, brief: true})
	if err := b.run(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, progress)
	}
	var out strings.Builder
	if err := b.report(&out, time.Now()); err != nil {
		t.Fatal(err)
	}
	for text, wanted := range map[string]bool{
		"| 2 | plan without changes | 1 GET |": true, "| 2 | destroy | 2 DELETE, 1 GET |": true, "| 2 | plan, ": false,
		"| the same with a rotation for each | N + 1 requests | – | not measured |": true,
	} {
		if strings.Contains(out.String(), text) != wanted {
			t.Errorf("%q is wanted: %t\n%s", text, wanted, out.String())
		}
	}
}

func TestABenchThatGoesWrongSaysWhy(t *testing.T) {
	t.Parallel()
	b, progress := benchOf(settings{counts: []int{1}, runs: 1})
	b.ready = func() {
		b.api.sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: 403, Body: `{"status":"forbidden","message":"not today"}`})
	}
	if err := b.run(t.Context()); err == nil || !strings.Contains(err.Error(), "apply -auto-approve") || !strings.Contains(err.Error(), "403 forbidden") {
		t.Errorf("got %v", err)
	}
	checkRemoved(t, progress)
}

func TestInterruptedBenchCleansUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b, progress := benchOf(settings{counts: []int{1}, runs: 1})
	b.ready = func() {
		b.api.sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Match: func(sandbox.Request) bool { cancel(); return false }})
	}
	if err := b.run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	checkRemoved(t, progress)
}

// Command bench measures the provider in a real CLI: it creates, plans and destroys many webhook endpoints against a
// sandbox with a latency, and prints what that took as a table, which is the one of the performance guide.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	if isPlugin() {
		os.Exit(runPlugin())
	}
	// A closed pipe or terminal ends it like Ctrl-C does, so that it cleans up after itself.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run prints the tables to stdout, and what is being measured to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := readSettings(args, stderr)
	if err != nil {
		return err
	}
	b := newBench(s, stderr)
	if err := b.run(ctx); err != nil {
		if ctx.Err() != nil {
			return errors.New("interrupted; everything it had made was removed again")
		}
		return err
	}
	return b.report(stdout, time.Now())
}

type settings struct {
	counts  []int // how many endpoints; ascending, without repetitions
	latency time.Duration
	runs    int
	brief   bool   // without the steps that take a CLI many minutes for thousands
	random  string // path of the provider to compare with; empty: none
}

func readSettings(args []string, stderr io.Writer) (settings, error) {
	s := settings{}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	counts := flags.String("n", "1,100,500,1000,5000", "how many endpoints: numbers with commas in between; the goals speak of 1, 500 and 5000")
	flags.DurationVar(&s.latency, "latency", 50*time.Millisecond, "how long the API takes for each answer")
	flags.IntVar(&s.runs, "runs", 1, "how often all is measured; the tables show medians")
	flags.BoolVar(&s.brief, "brief", false, "leave out the plans with store_secrets and rotations, whose preparation takes the CLI itself many minutes for thousands")
	flags.StringVar(&s.random, "random", "", "path of a hashicorp/random provider, which has no API, to compare with")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if flags.NArg() > 0 {
		return s, fmt.Errorf("%q is no flag: see -h", flags.Arg(0))
	}
	for text := range strings.SplitSeq(*counts, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1 {
			return s, fmt.Errorf("-n: %q is no number of at least 1", text)
		}
		s.counts = append(s.counts, n)
	}
	slices.Sort(s.counts)
	s.counts = slices.Compact(s.counts)
	if s.latency < 0 || s.runs < 1 {
		return s, errors.New("-latency cannot be negative, and -runs must be at least 1")
	}
	if s.random != "" {
		if _, err := os.Stat(s.random); err != nil {
			return s, fmt.Errorf("-random names no provider: %w", err)
		}
	}
	return s, nil
}

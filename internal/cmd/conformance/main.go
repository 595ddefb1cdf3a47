// Command conformance checks how a real installation of Prosa's webhook API behaves. It creates one endpoint, uses
// every operation on it, deletes it, and compares the results with the provider's assumptions.
package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// The exit codes.
const (
	exitOK     = 0
	exitBroken = 1 // something breaks the provider, or the endpoint could not be deleted
	exitUsage  = 2 // wrong flags or variables, no answer from the API, or an interrupt
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}

// options are the settings from the command line and the environment.
type options struct {
	url    string
	yes    bool
	report string
	wait   time.Duration

	apiKey, baseURL string
	zone            *time.Location
}

const usage = `Asks an installation of the Prosa webhook API how it behaves, and compares it with what the provider assumes.

Environment:
  PROSA_API_KEY    the API key of a Prosa account (required)
  PROSA_BASE_URL   the URL of the API (default ` + prosa.DefaultBaseURL + `)
  PROSA_TIME_ZONE  the zone of times without one (default ` + prosa.DefaultTimeZone + `)

It exits with 1 if something breaks the provider or the endpoint could not be deleted, and with 2 if it could not run
to the end. ("go run" turns both into 1.)

Flags:
`

// parse reads the command line and the environment. For -h, it prints the help and returns flag.ErrHelp.
func parse(args []string, getenv func(string) string, help io.Writer) (options, error) {
	o := options{apiKey: getenv("PROSA_API_KEY"), baseURL: cmp.Or(getenv("PROSA_BASE_URL"), prosa.DefaultBaseURL)}
	flags := flag.NewFlagSet("conformance", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run prints the error
	flags.StringVar(&o.url, "url", "", "register the endpoint with this `URL`, which must be yours (default: one under example.com that has\n"+
		"no address, so that nothing is delivered)")
	flags.BoolVar(&o.yes, "yes", false, "do not ask before starting")
	flags.StringVar(&o.report, "report", "", "also write the results to this JSON `file`, to attach to an issue")
	flags.DurationVar(&o.wait, "wait", time.Minute, "wait up to this `duration` until the API lists the test event and its delivery")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(help)
		_, _ = io.WriteString(help, usage)
		flags.PrintDefaults()
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("%q is not a flag", flags.Arg(0))
	}
	if err != nil {
		return o, err
	}
	o.url = cmp.Or(o.url, "https://terraform-provider-prosa-conformance.example.com/"+uuid.NewString())
	if parsed, err := prosa.ParseEndpointURL(o.url); err != nil {
		return o, fmt.Errorf("-url cannot be used: %w", err)
	} else if parsed.User != nil || parsed.RawQuery != "" || parsed.Fragment != "" {
		return o, errors.New("-url cannot be used: it must not have user info, a query or a fragment")
	}
	if o.apiKey == "" {
		return o, errors.New("PROSA_API_KEY is not set: set it to the API key of a Prosa account")
	}
	zone := cmp.Or(getenv("PROSA_TIME_ZONE"), prosa.DefaultTimeZone)
	if o.zone, err = time.LoadLocation(zone); err != nil || zone == "Local" {
		return o, fmt.Errorf("PROSA_TIME_ZONE is not an IANA time zone such as Asia/Jakarta: %q", zone)
	}
	return o, nil
}

// run runs the command and returns the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	fail := func(err error) int {
		_, _ = fmt.Fprintf(stderr, "conformance: %v\n", err)
		return exitUsage
	}
	o, err := parse(args, getenv, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	} else if err != nil {
		return fail(fmt.Errorf("%w; conformance -h explains the flags", err))
	}
	s, err := newSession(o, stdout)
	if err != nil {
		return fail(err)
	}
	s.say(explanation, s.client.BaseURL(), s.url, s.wait)
	if !o.yes {
		s.say("\nContinue? [y/N] ")
		answer, _ := bufio.NewReader(stdin).ReadString('\n')
		if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
			return fail(errors.New("nothing was done; without a terminal, start it with -yes"))
		}
	}
	if o.report != "" { // open it before the first request, so that a wrong path loses no results
		file, err := os.OpenFile(o.report, os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return fail(fmt.Errorf("cannot write the report: %w", err))
		}
		_ = file.Close()
	}
	// Catch the signals until the end, so that neither a second Ctrl-C nor a closed terminal prevents the deletion of the
	// endpoint. It takes at most cleanupTime.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	defer stop()
	if err := s.connect(ctx); err != nil {
		return fail(err)
	}
	results, deleted := s.measure(ctx)
	s.printTable(results)
	if o.report != "" {
		if err := s.writeReport(o.report, results); err != nil {
			return fail(fmt.Errorf("cannot write the report: %w", err))
		}
		s.say("The report is in %s. Please read it, and post it in an issue:\n%s\n", o.report, issueURL)
	}
	switch {
	case count(results, breaks) > 0 || !deleted:
		return exitBroken
	case ctx.Err() != nil:
		return fail(errors.New("interrupted before all checks had run"))
	case s.endpoint.ID == "":
		return fail(errors.New("could not create an endpoint, so most checks did not run"))
	}
	return exitOK
}

const explanation = `This command asks the Prosa webhook API how it behaves, with the key in PROSA_API_KEY.

  API   %s
  URL   %s

It will:
  - create one webhook endpoint with that URL;
  - read, update and rotate it, send one test event to it, and replay its own deliveries;
  - list the account's endpoints and the events of the last days;
  - send one request with a wrong key, and a few about things that do not exist;
  - delete the endpoint, also after a failure or an interrupt (Ctrl-C).

It changes nothing else in the account. While the endpoint exists, it has no event filters: Prosa may deliver the
account's own events to the URL. The default URL has no address; if you give another one, it must be yours.

It prints methods, paths, statuses and names of fields. It never prints keys, bodies or other people's data.
It takes a few seconds, and up to %s more until the API lists the test event.
`

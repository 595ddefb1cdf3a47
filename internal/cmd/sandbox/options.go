package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// options are what the command line asks for.
type options struct {
	addr      string
	apiKeys   []string // none: any
	seed      string
	deliver   bool
	latency   time.Duration
	rateLimit int
	faults    []sandbox.Fault
	quirks    sandbox.Quirks
	quiet     bool
}

const usage = `Serves an in-memory Prosa webhook API on this machine. Nothing is kept when it ends.

Usage: sandbox [flags]

Flags:
`

const moreHelp = `
A seed file is a JSON object with the lists "endpoints", "events" and "deliveries". Their items have the fields
the API answers with; ids, keys and times that are missing are made up. Required are only the url of an endpoint,
the event_type of an event and the endpoint_id of a delivery. seed.example.json beside this command's source is one:

  sandbox -seed internal/cmd/sandbox/seed.example.json

Deliveries are made to receivers on this machine only (localhost, 127.0.0.1, [::1]); to any other host nothing is
sent, and the delivery is listed without an answer. With -deliver=false nothing is sent at all, and every delivery
is listed as answered with 200.

While it runs, it is told what to do next beside the API, with a key of the API in the header x-api-key:

  POST   /sandbox/events   makes an event of {"event_type": "…", "data": {…}} and delivers it to the key's endpoints that want it
  POST   /sandbox/faults   adds faults, written as for -fault, one a line, like create-endpoint=late/2s
  DELETE /sandbox/faults   removes them all
`

// parse reads the command line. Asked for help, it writes that and returns flag.ErrHelp.
func parse(args []string, help io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are returned, and said once
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8723", "`address` to listen on; port 0 takes any free one")
	o.apiKeys = []string{"sandbox"}
	chosen := false
	flags.Func("api-key", "the `key` that is accepted; with an empty one, any is (default sandbox). More keys, separated by commas or\n"+
		"in more such flags, have accounts of their own. A seed goes to the first key's account", func(text string) error {
		if !chosen {
			o.apiKeys, chosen = nil, true
		}
		if text == "" {
			return nil
		}
		more := strings.Split(text, ",")
		o.apiKeys = append(o.apiKeys, more...)
		if slices.Contains(more, "") {
			return errors.New("there is an empty key among others")
		}
		return nil
	})
	flags.StringVar(&o.seed, "seed", "", "`file` with endpoints, events and deliveries to begin with")
	flags.BoolVar(&o.deliver, "deliver", true, "really send deliveries, signed, to receivers on this machine")
	flags.DurationVar(&o.latency, "latency", 0, "`time` added to every answer, like 200ms")
	flags.IntVar(&o.rateLimit, "rate-limit", 0, "answer 429 to more than `N` requests a second; 0: no limit")
	flags.Func("fault", "answer requests with an error: `operation=status[:times]`, like create-endpoint=503 or any=429:3.\n"+
		"Without times: once; with -1: always. Instead of a status: lost does it and loses the answer; late/2s closes\n"+
		"the connection and does it two seconds later.\n"+
		"May be repeated. Operations: any, "+operationNames(), func(text string) error {
		fault, err := parseFault(text)
		o.faults = append(o.faults, fault)
		return err
	})
	flags.Func("quirk", "behave like another installation of the API: `name[=value]`, like zoneless-times or to-date=exclusive.\n"+
		"May be repeated. See the list below", func(text string) error { return setQuirk(&o.quirks, text) })
	flags.BoolVar(&o.quiet, "quiet", false, "do not print a line for each request and delivery")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(help)
		_, _ = io.WriteString(help, usage)
		flags.PrintDefaults()
		_, _ = io.WriteString(help, quirkHelp()+moreHelp)
		return o, err
	case err != nil:
		return o, fmt.Errorf("%w; sandbox -h lists the flags", err)
	case flags.NArg() > 0:
		return o, fmt.Errorf("%q is not a flag; sandbox -h lists them", flags.Arg(0))
	case o.latency < 0:
		return o, errors.New("-latency must not be negative")
	case o.rateLimit < 0:
		return o, errors.New("-rate-limit must not be negative")
	}
	return o, nil
}

func operationNames() string {
	var names []string
	for _, op := range sandbox.Operations() {
		names = append(names, string(op))
	}
	return strings.Join(names, ", ")
}

// parseFault reads operation=status[:times], or lost or late/duration in the place of a status.
func parseFault(text string) (sandbox.Fault, error) {
	name, rest, _ := strings.Cut(text, "=")
	code, times, repeated := strings.Cut(rest, ":")
	fault := sandbox.Fault{Operation: sandbox.Operation(name)}
	if name == "any" {
		fault.Operation = ""
	} else if !slices.Contains(sandbox.Operations(), fault.Operation) {
		return fault, fmt.Errorf("no operation is called %q; there are: any, %s", name, operationNames())
	}
	var err error
	if wait, late := strings.CutPrefix(code, "late/"); late {
		fault.Do, fault.Close = true, true
		if fault.DoAfter, err = time.ParseDuration(wait); err != nil || fault.DoAfter <= 0 {
			return fault, fmt.Errorf("%q is no time above 0, like 2s", wait)
		}
	} else if code == "lost" {
		fault.Do, fault.Close = true, true
	} else if fault.Status, err = strconv.Atoi(code); err != nil || fault.Status < 200 || fault.Status > 599 {
		return fault, fmt.Errorf("%q is no status from 200 to 599, and neither lost nor late/2s", code)
	}
	if repeated {
		if fault.Times, err = strconv.Atoi(times); err != nil || fault.Times == 0 {
			return fault, fmt.Errorf("%q is no number of times: one or more, or -1 for always", times)
		}
	}
	return fault, nil
}

// server makes the sandbox the options ask for, and what controls it. What it delivers ends soon after ctx.
func (o options) server(ctx context.Context, out *console) (*sandbox.Server, *control, error) {
	server := &sandbox.Server{Latency: o.latency, Quirks: o.quirks}
	if len(o.apiKeys) > 0 {
		server.APIKey, server.OtherKeys = o.apiKeys[0], o.apiKeys[1:]
	}
	if o.rateLimit > 0 {
		server.RateLimit = sandbox.RateLimit{Requests: o.rateLimit, Per: time.Second, RetryAfter: "seconds"}
	}
	server.Log = func(r sandbox.Request) {
		if !o.quiet {
			out.request(r)
		}
		// Nobody reads the request log here, and the command may run for days.
		server.ResetJournal()
	}
	if o.deliver {
		server.Receiver = receiver(ctx, o, out)
	}
	if o.seed != "" {
		file, err := os.ReadFile(o.seed)
		if err != nil {
			return nil, nil, fmt.Errorf("cannot read the seed: %w", err)
		}
		if err := server.Load(file); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", o.seed, err)
		}
		out.print("Loaded from %s: endpoints: %d, events: %d, deliveries: %d.\n",
			o.seed, len(server.Endpoints()), len(server.Events()), len(server.Deliveries("")))
	}
	for _, fault := range o.faults {
		server.Inject(fault)
	}
	return server, &control{server: server, apiKeys: o.apiKeys, out: out}, nil
}

// receiver sends deliveries for real and prints them.
func receiver(ctx context.Context, o options, out *console) func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
	send := sandbox.HTTPReceiver(nil)
	return func(work context.Context, r sandbox.DeliveryRequest) sandbox.DeliveryResult {
		work, cancel := context.WithCancel(work)
		defer cancel()
		defer context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })()
		result := send(work, r)
		if !o.quiet {
			out.delivery(r, result)
		}
		return result
	}
}

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

// options are the settings from the command line.
type options struct {
	addr      string
	apiKeys   []string // empty: any key
	seed      string
	deliver   bool
	latency   time.Duration
	rateLimit int
	faults    []sandbox.Fault
	quirks    sandbox.Quirks
	quiet     bool
}

const usage = `Serves an in-memory Prosa webhook API on this machine. It stores nothing on disk.

Usage: sandbox [flags]

Flags:
`

const moreHelp = `
A seed file is a JSON object with the lists "endpoints", "events" and "deliveries". Their items have the fields
of the API's responses. The only required fields are the url of an endpoint, the event_type of an event and the
endpoint_id of a delivery. Missing ids, keys and times are generated. For an example, see seed.example.json:

  sandbox -seed internal/cmd/sandbox/seed.example.json

The sandbox delivers only to receivers on this machine (localhost, 127.0.0.1, [::1]). Deliveries to other hosts are
listed without a response. With -deliver=false, the sandbox sends nothing, and lists every delivery as answered
with 200.

The admin API changes the running sandbox. Send these requests to its address, with an API key in the header x-api-key:

  POST   /sandbox/events   creates an event from {"event_type": "…", "data": {…}} and delivers it to the account's matching endpoints
  POST   /sandbox/faults   adds faults in the format of -fault, one per line, such as create-endpoint=late/2s
  DELETE /sandbox/faults   removes all faults
`

// parse reads the command line. For -h, it prints the help and returns flag.ErrHelp.
func parse(args []string, help io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints the returned error
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8723", "`address` to listen on; port 0 selects any free port")
	o.apiKeys = []string{"sandbox"}
	chosen := false
	flags.Func("api-key", "the accepted API `key`; if it is empty, any key is accepted (default sandbox). To add accounts, give several keys,\n"+
		"separated by commas or in several flags. -seed applies to the first key's account", func(text string) error {
		if !chosen {
			o.apiKeys, chosen = nil, true
		}
		if text == "" {
			return nil
		}
		more := strings.Split(text, ",")
		o.apiKeys = append(o.apiKeys, more...)
		if slices.Contains(more, "") {
			return errors.New("an empty key cannot be combined with others")
		}
		return nil
	})
	flags.StringVar(&o.seed, "seed", "", "`file` with initial endpoints, events and deliveries")
	flags.BoolVar(&o.deliver, "deliver", true, "send signed deliveries to receivers on this machine")
	flags.DurationVar(&o.latency, "latency", 0, "`time` added to every response, such as 200ms")
	flags.IntVar(&o.rateLimit, "rate-limit", 0, "allow `N` requests per second and answer 429 to the others; 0: no limit")
	flags.Func("fault", "make requests fail: `operation=failure[:times]`, such as create-endpoint=503 or any=lost:3. A failure is one of:\n"+
		"a status: respond with it, and do not carry out the operation;\n"+
		"lost: carry out the operation, but close the connection without a response;\n"+
		"late/2s: close the connection, and carry out the operation two seconds later.\n"+
		"Without times: once; -1: always. Can be repeated. Operations: any, "+operationNames(), func(text string) error {
		fault, err := parseFault(text)
		o.faults = append(o.faults, fault)
		return err
	})
	flags.Func("quirk", "behave like another installation of the API: `name[=value]`, such as zoneless-times or to-date=exclusive.\n"+
		"Can be repeated. See the list below", func(text string) error { return setQuirk(&o.quirks, text) })
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

// parseFault parses operation=failure[:times], where failure is a status, lost, or late/ and a duration.
func parseFault(text string) (sandbox.Fault, error) {
	name, rest, _ := strings.Cut(text, "=")
	failure, times, repeated := strings.Cut(rest, ":")
	fault := sandbox.Fault{Operation: sandbox.Operation(name)}
	if name == "any" {
		fault.Operation = ""
	} else if !slices.Contains(sandbox.Operations(), fault.Operation) {
		return fault, fmt.Errorf("unknown operation %q; use one of: any, %s", name, operationNames())
	}
	var err error
	if wait, late := strings.CutPrefix(failure, "late/"); late {
		fault.Do, fault.Close = true, true
		if fault.DoAfter, err = time.ParseDuration(wait); err != nil || fault.DoAfter <= 0 {
			return fault, fmt.Errorf("%q is not a positive duration, such as 2s", wait)
		}
	} else if failure == "lost" {
		fault.Do, fault.Close = true, true
	} else if fault.Status, err = strconv.Atoi(failure); err != nil || fault.Status < 200 || fault.Status > 599 {
		return fault, fmt.Errorf("%q is not a status from 200 to 599, lost, or late/2s", failure)
	}
	if repeated {
		if fault.Times, err = strconv.Atoi(times); err != nil || fault.Times == 0 {
			return fault, fmt.Errorf("%q is not a valid number of times: use 1 or more, or -1 for always", times)
		}
	}
	return fault, nil
}

// server creates the sandbox that the options describe. When ctx ends, deliveries end soon after.
func (o options) server(ctx context.Context, out *console) (*sandbox.Server, error) {
	server := &sandbox.Server{Latency: o.latency, Quirks: o.quirks, RateLimit: sandbox.RateLimit{PerSecond: o.rateLimit, RetryAfter: true}}
	if len(o.apiKeys) > 0 {
		server.APIKey, server.OtherKeys = o.apiKeys[0], o.apiKeys[1:]
	}
	server.Log = func(r sandbox.Request) {
		if !o.quiet {
			out.request(r)
		}
		// The command does not use the request log, which would grow for as long as it runs.
		server.ResetRequestLog()
	}
	if o.deliver {
		server.Receiver = receiver(ctx, o, out)
	}
	if o.seed != "" {
		file, err := os.ReadFile(o.seed)
		if err != nil {
			return nil, fmt.Errorf("cannot read the seed: %w", err)
		}
		if err := server.Load(file); err != nil {
			return nil, fmt.Errorf("%s: %w", o.seed, err)
		}
		out.print("Loaded from %s: endpoints: %d, events: %d, deliveries: %d.\n",
			o.seed, len(server.Endpoints()), len(server.Events()), len(server.Deliveries("")))
	}
	for _, fault := range o.faults {
		server.Inject(fault)
	}
	return server, nil
}

// receiver returns a receiver that sends deliveries over HTTP and prints them. It ends them soon after ctx.
func receiver(ctx context.Context, o options, out *console) func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
	return func(work context.Context, r sandbox.DeliveryRequest) sandbox.DeliveryResult {
		work, cancel := context.WithCancel(work)
		defer cancel()
		defer context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })()
		result := sandbox.HTTPReceiver(work, r)
		if !o.quiet {
			out.delivery(r, result)
		}
		return result
	}
}

package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/cli"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	apiKey  = "the-api-key-of-the-demo" // accepted by the sandbox; must not be written to disk
	version = "0.1.0"                   // of the built provider
)

//go:embed hcl
var hcl embed.FS

// placeholder is the receiver's URL in the embedded files.
const placeholder = "https://example.com/prosa-webhook"

// demo is one run.
type demo struct {
	out      io.Writer
	sandbox  *sandbox.Server
	receiver *receiver

	provider string   // folder of the built provider; empty: build it
	folder   string   // contains all files that the demo writes
	callback string   // URL of the receiver
	has      []string // the receiver's keys
	summary  []string // a row for each step
	err      error    // the first error, after which the demo does and prints nothing more
	webhooks *cli.CLI // runs in the configuration of the webhooks
	keys     *cli.CLI // runs in the configuration that reads the receiver's keys
}

func newDemo(out io.Writer) *demo {
	return &demo{
		out:      out,
		sandbox:  &sandbox.Server{APIKey: apiKey, Receiver: sandbox.HTTPReceiver},
		receiver: &receiver{},
	}
}

func (d *demo) say(format string, args ...any) {
	if d.err == nil {
		_, _ = fmt.Fprintf(d.out, format+"\n", args...)
	}
}

// must records an error.
func (d *demo) must(err error) {
	if d.err == nil {
		d.err = err
	}
}

// check records an error unless ok.
func (d *demo) check(ok bool, format string, args ...any) {
	if !ok {
		d.must(fmt.Errorf(format, args...))
	}
}

func (d *demo) run(ctx context.Context) (err error) {
	if d.folder, err = os.MkdirTemp("", "prosa-demo-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(d.folder)) }()
	d.say("Working in %s, which is removed at the end.", d.folder)

	api, receiver := httptest.NewServer(d.sandbox), httptest.NewServer(d.receiver)
	defer d.sandbox.Wait()
	defer receiver.Close()
	defer api.Close()
	d.callback = receiver.URL + "/prosa-webhook"
	d.say("A sandbox stands in for Prosa at %s.\nA receiver of webhooks listens at %s.", api.URL, d.callback)

	start := time.Now()
	d.must(d.prepare(ctx, "PROSA_API_KEY="+apiKey, "PROSA_BASE_URL="+api.URL+sandbox.DefaultBasePath))
	for i, s := range d.steps() {
		if d.err == nil {
			d.take(ctx, i+1, s)
		}
	}
	if ctx.Err() != nil {
		return errors.New("interrupted; the demo has removed everything it created")
	}
	d.say("\n%s\nAll steps succeeded, in %s. The demo has removed everything it created.", d.table(), time.Since(start).Round(100*time.Millisecond))
	return d.err
}

// prepare finds the CLI, builds the provider, and creates the folders of the two configurations.
func (d *demo) prepare(ctx context.Context, env ...string) error {
	program, err := cli.Find(ctx)
	if errors.Is(err, cli.ErrNone) {
		d.say("Found neither terraform nor tofu on PATH. Downloading Terraform …")
		program, err = cli.Fetch(ctx, filepath.Join(d.folder, "cli"))
	}
	if err != nil {
		return err
	}
	if d.provider == "" {
		d.say("Building the provider from this checkout …")
		d.provider = filepath.Join(d.folder, "provider")
		if err := cli.Build(ctx, d.provider, version); err != nil {
			return err
		}
	}
	config := filepath.Join(d.folder, "cli.tfrc")
	d.webhooks = &cli.CLI{Program: program, Folder: filepath.Join(d.folder, "webhooks"), Config: config, Env: env}
	d.keys = &cli.CLI{Program: program, Folder: filepath.Join(d.folder, "receiver"), Config: config, Env: env}
	d.say("Using %s (%s).", program.Version, program.Path)
	return errors.Join(os.Mkdir(d.webhooks.Folder, 0o700), os.Mkdir(d.keys.Folder, 0o700), cli.WriteMirror(config, filepath.Join(d.provider, "mirror")))
}

// take runs a step, and checks the requests that it sent.
func (d *demo) take(ctx context.Context, number int, s step) {
	d.say("\n── %d. %s\n%s\n", number, s.title, s.about)
	d.sandbox.ResetRequestLog()
	s.do(ctx)
	var writes []sandbox.Operation
	reads := 0
	for _, r := range d.sandbox.RequestLog() {
		if r.Method == http.MethodGet {
			reads++
		} else {
			writes = append(writes, r.Operation)
		}
	}
	d.check(slices.Equal(writes, s.writes), "expected the write requests %v, but got %v", s.writes, writes)
	if d.err != nil {
		d.err = fmt.Errorf("step %d (%s): %w", number, s.title, d.err)
	}
	d.summary = append(d.summary, fmt.Sprintf("%d. %s\t%d\t%s", number, s.title, reads, strings.Trim(fmt.Sprint(writes), "[]")))
}

// table lists the requests of each step.
func (d *demo) table() string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 3, ' ', 0)
	_, _ = fmt.Fprintf(table, "STEP\tREADS\tWRITES\n%s\n", strings.Join(d.summary, "\n"))
	_ = table.Flush()
	return text.String()
}

// terraform runs a command and streams its output.
func (d *demo) terraform(ctx context.Context, c *cli.CLI, args ...string) {
	args = append(args, "-compact-warnings")
	d.command(ctx, c, d.out, "", args)
}

// quietly runs a command and returns its output without showing it.
func (d *demo) quietly(ctx context.Context, c *cli.CLI, args ...string) []byte {
	var output bytes.Buffer
	d.command(ctx, c, &output, "     (output not shown)", args)
	return output.Bytes()
}

func (d *demo) command(ctx context.Context, c *cli.CLI, output io.Writer, note string, args []string) {
	if d.err != nil {
		return
	}
	line := strings.Join(append([]string{c.Name()}, args...), " ")
	d.say("$ %s%s", line, note)
	if info, err := os.Stdout.Stat(); d.out != io.Writer(os.Stdout) || err != nil || info.Mode()&os.ModeCharDevice == 0 {
		args = append(args, "-no-color") // not a terminal
	}
	cmd := c.Command(ctx, args...)
	cmd.Stdout, cmd.Stderr = output, d.out
	if err := cmd.Run(); err != nil {
		d.must(fmt.Errorf("%s: %w", line, err))
	}
}

// output decodes an output of an applied configuration.
func (d *demo) output(ctx context.Context, c *cli.CLI, name string, into any) {
	if text := d.quietly(ctx, c, "output", "-json", name); d.err == nil {
		d.must(json.Unmarshal(text, into))
	}
}

// add writes one of the embedded files into a configuration, with the receiver's URL, and shows it.
func (d *demo) add(c *cli.CLI, name string) {
	text, err := hcl.ReadFile("hcl/" + name)
	d.must(err)
	written := strings.ReplaceAll(string(text), placeholder, d.callback)
	d.say("%s:\n  │ %s", name, strings.ReplaceAll(strings.TrimSpace(written), "\n", "\n  │ "))
	d.must(os.WriteFile(filepath.Join(c.Folder, name), []byte(written), 0o600))
}

// edit changes a line of webhooks.tf and shows the change.
func (d *demo) edit(from, to string) {
	path := filepath.Join(d.webhooks.Folder, "webhooks.tf")
	text, err := os.ReadFile(path)
	d.must(err)
	d.check(strings.Count(string(text), from) == 1, "webhooks.tf must contain %q exactly once", from)
	d.say("webhooks.tf:\n  - %s\n  + %s", from, to)
	d.must(os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o600))
}

// receiver is the webhook receiver. It rejects deliveries that none of its keys has signed.
type receiver struct {
	mu   sync.Mutex
	keys []string
	got  []delivery
}

// learn replaces the receiver's keys.
func (r *receiver) learn(keys []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys = keys
}

// received returns all webhooks so far.
func (r *receiver) received() []delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// delivery is a webhook that arrived, and the receiver's answer.
type delivery struct {
	signature string
	body      []byte
	status    int
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, 1<<20))
	if err != nil {
		http.Error(w, "the body cannot be read", http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	d := delivery{signature: req.Header.Get("x-prosa-signature"), body: body, status: http.StatusNoContent}
	if !sandbox.VerifySignature(d.signature, body, r.keys) {
		d.status = http.StatusUnauthorized
	}
	r.got = append(r.got, d)
	w.WriteHeader(d.status)
}

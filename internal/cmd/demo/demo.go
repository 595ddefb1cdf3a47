// Command demo shows the provider at work: the real CLI, the provider built from this checkout, a sandbox instead of
// Prosa, and a receiver on this machine. It needs no key, no network and no account, and leaves nothing behind.
package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/prosa-ai/terraform-provider-prosa/internal/cli"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	apiKey  = "the-api-key-of-the-demo"
	version = "0.1.0" // of the built provider
)

//go:embed hcl
var hcl embed.FS

// placeholder is the URL in the embedded files that edit replaces with the receiver's.
const placeholder = "https://example.com/prosa-webhook"

func main() {
	// If the pipe or the terminal is closed, clean up and exit as after Ctrl-C.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	err := newDemo(os.Stdout).run(ctx)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "\ndemo: %v\n", err)
		os.Exit(1)
	}
}

// demo is one run.
type demo struct {
	out      io.Writer
	sandbox  *sandbox.Server
	provider string                 // folder with the built provider; empty: run builds it
	key      atomic.Pointer[string] // the signing key that the receiver knows; nil: none yet
	cli      *cli.CLI
}

func newDemo(out io.Writer) *demo {
	return &demo{out: out, sandbox: &sandbox.Server{APIKey: apiKey, Receiver: sandbox.HTTPReceiver}}
}

// step is one step of the demo.
type step struct {
	title, about string
	prepare      func()
	file         string // embedded file to add to the configuration
	from, to     string // text in webhooks.tf and its replacement
	command      string // arguments of the CLI
	check        func() error
}

func (d *demo) steps() []step {
	const apply = "apply -auto-approve"
	return []step{
		{
			title: "Register the receiver",
			about: "Create an endpoint for finished transcriptions, and a rotation of its signing key.\n" +
				"The warning about http is expected: the receiver is on this machine.",
			file: "webhooks.tf", command: apply,
		},
		{title: "Plan again", about: "Nothing has changed, so the plan must be empty (exit code 0).", command: "plan -detailed-exitcode"},
		{
			title: "Send a test event",
			about: "The receiver has the endpoint's key now, and verifies x-prosa-signature. The apply sends Prosa's test event,\n" +
				"waits for the receiver's response, and fails unless it is 2xx.",
			prepare: func() { d.key.Store(&d.sandbox.Endpoints()[0].Secrets[0].Key) },
			file:    "test_event.tf", command: apply,
		},
		{
			title: "Change the endpoint in place",
			about: "Add failed transcriptions to the event filters. The provider sends one update and does not replace the endpoint.",
			from:  `event_filters = ["stt.jobs.completed"]`,
			to:    `event_filters = ["stt.jobs.completed", "stt.jobs.failed"]`, command: apply,
		},
		{
			title: "Rotate the key",
			about: "Changing rotate_when_changed adds a key, and the apply sends another test event. For three days, Prosa signs every\n" +
				"delivery with both keys, so the receiver, which has only the old one, accepts it.",
			from: `rotate_when_changed = { reason = "none yet" }`,
			to:   `rotate_when_changed = { reason = "a team member left" }`, command: apply,
		},
		{
			title: "Look at the deliveries",
			about: "A data source counts the deliveries. If one has failed, a check block warns in every plan.",
			file:  "deliveries.tf", command: apply,
		},
		{title: "Search the state for keys", about: "The state contains no signing key and no API key.", check: d.searchState},
		{
			title:   "Destroy",
			about:   "The API deletes the endpoint and its keys. The rotation and the test event are only removed from the state.",
			command: "destroy -auto-approve",
		},
	}
}

func (d *demo) run(ctx context.Context) (err error) {
	folder, err := os.MkdirTemp("", "prosa-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	api, receiver := httptest.NewServer(d.sandbox), httptest.NewServer(http.HandlerFunc(d.receive))
	defer d.sandbox.Wait()
	defer receiver.Close()
	defer api.Close()
	d.say("A sandbox stands in for Prosa at %s. A receiver of webhooks listens at %s.\nWorking in %s, which is removed at the end.",
		api.URL, receiver.URL, folder)

	err = d.setUp(ctx, folder, "PROSA_API_KEY="+apiKey, "PROSA_BASE_URL="+api.URL+sandbox.DefaultBasePath)
	for i, s := range d.steps() {
		if err == nil {
			d.say("\n── %d. %s\n%s\n", i+1, s.title, s.about)
			if err = d.runStep(ctx, s, receiver.URL+"/prosa-webhook"); err != nil {
				err = fmt.Errorf("step %d (%s): %w", i+1, s.title, err)
			}
		}
	}
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted; the demo has removed everything it created")
	case err == nil:
		d.say("\nAll steps succeeded. The demo has removed everything it created.")
	}
	return err
}

func (d *demo) say(format string, args ...any) { _, _ = fmt.Fprintf(d.out, format+"\n", args...) }

// setUp finds or downloads the CLI, builds the provider, and configures the CLI to use it.
func (d *demo) setUp(ctx context.Context, folder string, env ...string) error {
	program, err := cli.Find(ctx)
	if errors.Is(err, cli.ErrNone) {
		d.say("Found neither terraform nor tofu on PATH. Downloading Terraform …")
		program, err = cli.Fetch(ctx, filepath.Join(folder, "cli"))
	}
	if err != nil {
		return err
	}
	if d.provider == "" {
		d.say("Building the provider from this checkout …")
		d.provider = filepath.Join(folder, "provider")
		if err := cli.Build(ctx, d.provider, version); err != nil {
			return err
		}
	}
	d.say("Using %s (%s).", program.Version, program.Path)
	d.cli = &cli.CLI{Program: program, Folder: filepath.Join(folder, "webhooks"), Config: filepath.Join(folder, "cli.tfrc"), Env: env}
	return errors.Join(os.Mkdir(d.cli.Folder, 0o700), cli.WriteMirror(d.cli.Config, filepath.Join(d.provider, "mirror")))
}

// runStep runs one step and shows its requests.
func (d *demo) runStep(ctx context.Context, s step, receiver string) error {
	d.sandbox.ResetRequestLog()
	if s.prepare != nil {
		s.prepare()
	}
	if err := d.edit(s, receiver); err != nil {
		return err
	}
	var err error
	if s.command != "" {
		err = d.terraform(ctx, s.command)
	}
	for _, request := range d.sandbox.RequestLog() {
		d.say("→ %s %s  %d", request.Method, request.Path, request.Status)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", d.cli.Name(), s.command, err)
	}
	if s.check != nil {
		return s.check()
	}
	return nil
}

// terraform runs a command of the CLI and streams its output. The first command needs an init, which is not shown.
func (d *demo) terraform(ctx context.Context, command string) error {
	if _, err := os.Stat(filepath.Join(d.cli.Folder, ".terraform")); err != nil {
		if output, err := d.cli.Command(ctx, "init", "-no-color").CombinedOutput(); err != nil {
			return fmt.Errorf("init: %w\n%s", err, output)
		}
	}
	args := append(strings.Fields(command), "-compact-warnings")
	d.say("$ %s %s", d.cli.Name(), strings.Join(args, " "))
	if info, err := os.Stdout.Stat(); d.out != io.Writer(os.Stdout) || err != nil || info.Mode()&os.ModeCharDevice == 0 {
		args = append(args, "-no-color") // not a terminal
	}
	cmd := d.cli.Command(ctx, args...)
	cmd.Stdout, cmd.Stderr = d.out, d.out
	return cmd.Run()
}

// edit changes the configuration and shows the change.
func (d *demo) edit(s step, receiver string) error {
	if s.file != "" {
		text, err := hcl.ReadFile("hcl/" + s.file)
		written := strings.ReplaceAll(string(text), placeholder, receiver)
		d.say("%s:\n  │ %s", s.file, strings.ReplaceAll(strings.TrimSpace(written), "\n", "\n  │ "))
		return errors.Join(err, os.WriteFile(filepath.Join(d.cli.Folder, s.file), []byte(written), 0o600))
	}
	if s.from == "" {
		return nil
	}
	path := filepath.Join(d.cli.Folder, "webhooks.tf")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !strings.Contains(string(text), s.from) {
		return fmt.Errorf("webhooks.tf does not contain %q", s.from)
	}
	d.say("webhooks.tf:\n  - %s\n  + %s", s.from, s.to)
	return os.WriteFile(path, []byte(strings.Replace(string(text), s.from, s.to, 1)), 0o600)
}

func (d *demo) searchState() error {
	state, err := os.ReadFile(filepath.Join(d.cli.Folder, "terraform.tfstate"))
	if err != nil {
		return err
	}
	keys := []string{apiKey}
	for _, secret := range d.sandbox.Endpoints()[0].Secrets {
		keys = append(keys, secret.Key)
	}
	for _, key := range keys {
		if strings.Contains(string(state), key) {
			return errors.New("a key is in the state")
		}
	}
	d.say("✓ none of the %d keys is in the state", len(keys))
	return nil
}

// receive is the webhook receiver. It rejects deliveries that its key has not signed.
func (d *demo) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	key := d.key.Load()
	if err != nil || key == nil || !sandbox.VerifySignature(r.Header.Get("X-Prosa-Signature"), body, []string{*key}) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/cli"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// apiKey is what the sandbox accepts. Nothing may write it to disk.
const apiKey = "the-api-key-of-the-demo"

// demo is one run. What is not set by newDemo is set while it gets ready.
type demo struct {
	report   *report
	sandbox  *sandbox.Server
	receiver *receiver

	provider string // folder of the built provider; empty: it is to be built
	folder   string // everything else on disk is below it
	baseURL  string // of the sandbox's API
	callback string // URL of the receiver
	cli      terraform
	webhooks *root // the configuration of the webhooks
	keys     *root // the configuration that fetches the receiver's keys
}

func newDemo(stdout io.Writer) *demo {
	return &demo{
		report:   &report{out: stdout},
		sandbox:  &sandbox.Server{APIKey: apiKey, Receiver: sandbox.HTTPReceiver(nil)},
		receiver: &receiver{now: time.Now},
	}
}

func (d *demo) run(ctx context.Context) (err error) {
	if d.folder, err = os.MkdirTemp("", "prosa-demo-"); err != nil {
		return fmt.Errorf("no temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(d.folder)) }()

	start := time.Now()
	if err := d.runIn(ctx); err != nil {
		if ctx.Err() != nil {
			return errors.New("interrupted; everything it had made was removed again")
		}
		return err
	}
	d.report.table()
	d.report.say("All is as it should be, in %s. Nothing is left of it but this text.", time.Since(start).Round(100*time.Millisecond))
	return nil
}

func (d *demo) runIn(ctx context.Context) error {
	d.report.say("Working in %s, which is removed at the end.", d.folder)
	sandboxURL, stopSandbox, err := serve(ctx, d.sandbox)
	if err != nil {
		return err
	}
	defer d.sandbox.Wait()
	defer stopSandbox()
	receiverURL, stopReceiver, err := serve(ctx, d.receiver)
	if err != nil {
		return err
	}
	defer stopReceiver()
	d.baseURL, d.callback = sandboxURL+sandbox.DefaultBasePath, receiverURL+"/prosa-webhook"
	d.report.say("A sandbox stands in for Prosa at %s,\na receiver of webhooks listens at %s.", d.baseURL, d.callback)

	if err := d.prepare(ctx); err != nil {
		return err
	}
	for _, s := range d.steps() {
		if err := d.take(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes what the steps need: the provider, a CLI that uses it, and folders for configurations.
func (d *demo) prepare(ctx context.Context) error {
	path, err := cli.Find(os.Getenv, exec.LookPath)
	if err != nil {
		return err
	}
	if path == "" {
		d.report.say("There is no terraform and no tofu on PATH: fetching Terraform with hc-install, which needs the network …")
		if path, err = cli.Fetch(ctx, filepath.Join(d.folder, "cli")); err != nil {
			return err
		}
	}
	if d.provider == "" {
		d.report.say("Building the provider from this checkout …")
		d.provider = filepath.Join(d.folder, "bin")
		if err := cli.Build(ctx, d.provider); err != nil {
			return err
		}
	}
	if d.cli.CLI, err = cli.New(ctx, path, d.folder, map[string]string{cli.Provider: d.provider}, "PROSA_API_KEY="+apiKey, "PROSA_BASE_URL="+d.baseURL); err != nil {
		return err
	}
	d.report.say("Using %s (%s), with the provider just built instead of a released one, so without terraform init.", d.cli.Version, path)

	if d.webhooks, err = newRoot(d.folder, "webhooks"); err != nil {
		return err
	}
	d.keys, err = newRoot(d.folder, "receiver")
	return err
}

// serve answers requests on a free port of this machine until stop is called.
func serve(ctx context.Context, handler http.Handler) (url string, stop func(), err error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("cannot listen on this machine: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // it always ends with an error: that it was closed
	}()
	return "http://" + listener.Addr().String(), func() {
		_ = server.Close()
		<-ended
	}, nil
}

// Command sandbox serves an in-memory Prosa on this machine, to try the provider and webhook receivers without an
// account.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "sandbox: "+err.Error())
		os.Exit(1)
	}
}

// grace is how long requests and deliveries may continue after an interrupt.
const grace = 2 * time.Second

// run serves until ctx ends. Requests and deliveries in flight then get a short time to finish.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stdout)
	if err != nil {
		return err
	}
	out := &console{out: stdout}
	server, err := o.server(ctx, out)
	if err != nil {
		return err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", o.addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; choose another address with -addr, for example -addr 127.0.0.1:0", o.addr, err)
	}
	out.welcome(listener.Addr(), o)
	admin := &adminAPI{server: server, apiKeys: o.apiKeys, out: out}
	web := &http.Server{Handler: admin.handler(), ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(stderr, "sandbox: ", 0)}
	return serve(ctx, listener, web, server)
}

// serve serves until ctx ends, and then waits for requests and deliveries, but not for the work of a late fault, which can
// take much longer.
func serve(ctx context.Context, listener net.Listener, web *http.Server, server *sandbox.Server) error {
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := web.Shutdown(shutdown); err != nil {
		_ = web.Close()
	}
	server.WaitForDeliveries() // the receiver ends them soon after ctx
	return nil
}

// Command demo shows the provider at work: the real CLI, the provider built from this checkout, a sandbox instead of
// Prosa, and a receiver on this machine. It needs no key, no network and no account, and leaves nothing behind.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// A closed pipe or terminal ends the demo like Ctrl-C does, so that it cleans up after itself.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	err := newDemo(os.Stdout).run(ctx)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "\ndemo: %v\n", err)
		os.Exit(1)
	}
}

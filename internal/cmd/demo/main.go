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
	// On a closed pipe or terminal, clean up and exit as on Ctrl-C.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	err := newDemo(os.Stdout).run(ctx)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "\ndemo: %v\n", err)
		os.Exit(1)
	}
}

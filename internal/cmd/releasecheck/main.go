// Command releasecheck builds what a release has, with a signing key made for it, and checks it as the registries and
// their users do: names, checksums, signatures, SBOMs and manifest; then it installs the archive for this machine, with the CLI
// and from a mirror in a folder, and applies an example with it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "releasecheck:", err)
		os.Exit(1)
	}
}

// run does it all in the checkout that is the working folder, and leaves what was built in its dist.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("releasecheck", flag.ContinueOnError)
	flags.SetOutput(stderr)
	all := flags.Bool("all", false, "build for all platforms, which takes many minutes, and not only for this one")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is no flag", flags.Arg(0))
	}
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(stdout, format+"\n", args...) }
	temporary, err := os.MkdirTemp("", "releasecheck-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }()

	say("Making a signing key that lives as long as this …")
	key, err := newKey(ctx, temporary)
	if err != nil {
		return err
	}
	defer key.end(ctx)
	say("Building …")
	if err := build(ctx, temporary, key, !*all, stderr); err != nil {
		return err
	}
	r, err := findRelease("dist")
	if err != nil {
		return err
	}
	if err := r.check(".", *all); err != nil {
		return err
	}
	for _, file := range r.signed() {
		if err := key.verify(ctx, file+".sig", file); err != nil {
			return err
		}
	}
	for _, archive := range r.archives {
		say("  %s", archive)
	}
	say("Names, checksums, signatures, manifest and contents are what the registries want, and each archive has an SBOM.")
	version, err := install(ctx, r, temporary)
	if err != nil {
		return err
	}
	say("%s installed %s %s from a mirror, applied an example, found nothing to change, and destroyed it.", version, project, r.version)
	return nil
}

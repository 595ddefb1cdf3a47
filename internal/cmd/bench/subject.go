package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/prosa-ai/terraform-provider-prosa/internal/cli"
)

// What is measured, as the tables call it.
const (
	create        = "create"
	plan          = "plan without changes"
	planSecrets   = "plan, `store_secrets = true`"
	planRotations = "plan, a rotation for each"
	destroy       = "destroy"
)

// subject is a provider that is measured.
type subject struct {
	name    string
	program string   // the provider itself
	version string   // of it
	plain   *cli.CLI // starts the provider, for time
	watched *cli.CLI // starts what watches the provider, for CPU and memory
	usage   string   // the file of what watches
	life    func(n int, brief bool) []step
}

// step is a command on a configuration, which is changed before it. A step without a name prepares the next.
type step struct {
	name   string
	config string   // empty: as before
	args   []string // without flags that every command gets
}

var (
	apply = []string{"apply", "-auto-approve"}
	// prepare leaves the refresh out, which would be a plan's work once more.
	prepare = []string{"apply", "-auto-approve", "-refresh=false"}
	// forget is all that a destroy of rotations does, and takes the CLI much less time.
	forget    = []string{"state", "rm", "prosa_webhook_secret_rotation.a"}
	planEmpty = []string{"plan", "-detailed-exitcode"} // any change makes it fail
	remove    = []string{"destroy", "-auto-approve"}
)

// prosaLife is what becomes of n endpoints; briefly, of nothing but endpoints.
func prosaLife(n int, brief bool) []step {
	endpoints := func(more string) string {
		return fmt.Sprintf(`terraform {
  required_providers {
    prosa = { source = %q }
  }
}

resource "prosa_webhook_endpoint" "a" {
  count = %d
  url   = "https://example.com/hooks/${count.index}"
  %s
}
`, cli.Provider, n, more)
	}
	const rotations = `
resource "prosa_webhook_secret_rotation" "a" {
  for_each         = { for i, e in prosa_webhook_endpoint.a : i => e.id }
  endpoint_id      = each.value
  rotation_period  = { days = 3 }
  rotate_on_create = false
}
`
	begin, end := []step{{create, endpoints(""), apply}, {plan, "", planEmpty}}, step{destroy, "", remove}
	if brief {
		return append(begin, end)
	}
	return append(begin,
		step{"", endpoints("store_secrets = true"), prepare},
		step{planSecrets, "", planEmpty},
		step{"", endpoints("") + rotations, prepare},
		step{planRotations, "", planEmpty},
		step{"", endpoints(""), forget},
		end,
	)
}

// randomLife is the same for resources of a provider that has no API.
func randomLife(n int, _ bool) []step {
	return []step{
		{create, fmt.Sprintf(`terraform {
  required_providers {
    random = { source = "hashicorp/random" }
  }
}

resource "random_bytes" "a" {
  count  = %d
  length = 32
}
`, n), apply},
		{plan, "", planEmpty},
		{destroy, "", remove},
	}
}

// newSubject makes both CLIs of a subject, whose provider is in folder already, as <name>/terraform-provider-<name>.
func newSubject(ctx context.Context, path, folder, name, address string, life func(int, bool) []step, env ...string) (*subject, error) {
	s := &subject{name: name, life: life, usage: filepath.Join(folder, name+".usage")}
	env = append(env, "TF_INPUT=0")
	plain, watched := filepath.Join(folder, name), filepath.Join(folder, name+"-watched")
	s.program = filepath.Join(plain, cli.Program(name))
	myself, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if err := copyProgram(myself, filepath.Join(watched, cli.Program(name))); err != nil {
		return nil, err
	}
	if s.plain, err = cli.New(ctx, path, plain, map[string]string{address: plain}, env...); err != nil {
		return nil, err
	}
	env = append(env, pluginVariable+"="+s.program, usageVariable+"="+s.usage)
	s.watched, err = cli.New(ctx, path, watched, map[string]string{address: watched}, env...)
	return s, err
}

// copyProgram copies a program to a path whose folder is made.
func copyProgram(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o700)
	if err != nil {
		return err
	}
	if _, err := io.Copy(target, source); err != nil {
		_ = target.Close()
		return err
	}
	return target.Close()
}

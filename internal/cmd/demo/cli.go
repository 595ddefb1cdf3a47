package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// cli runs Terraform or OpenTofu, with settings of the demo only.
type cli struct {
	path    string
	version string // as the CLI says it, such as "Terraform v1.11.4"
	env     []string
}

func newCLI(ctx context.Context, path, folder, bin, baseURL string) (*cli, error) {
	config := filepath.Join(folder, "cli.tfrc")
	if err := os.WriteFile(config, []byte(cliConfig(bin)), 0o600); err != nil {
		return nil, err
	}
	c := &cli{path: path, env: append(withoutSettings(os.Environ()),
		"TF_CLI_CONFIG_FILE="+config,
		"TF_IN_AUTOMATION=1",
		"CHECKPOINT_DISABLE=1",
		"PROSA_API_KEY="+apiKey,
		"PROSA_BASE_URL="+baseURL,
	)}
	stdout, stderr, _, err := c.run(ctx, folder, "version")
	if err != nil {
		return nil, fmt.Errorf("%s cannot be used: %w\n%s", path, err, stderr)
	}
	first, _, _ := strings.Cut(string(stdout), "\n")
	c.version = strings.TrimSpace(first)
	return c, nil
}

// name is what the CLI is called on the command line.
func (c *cli) name() string { return strings.TrimSuffix(filepath.Base(c.path), ".exe") }

// cliConfig makes both CLIs take the provider from a folder. OpenTofu looks for it on a registry of its own.
func cliConfig(bin string) string {
	bin = filepath.ToSlash(bin)
	return fmt.Sprintf(`disable_checkpoint = true
provider_installation {
  dev_overrides {
    "registry.terraform.io/prosa-ai/prosa" = %q
    "registry.opentofu.org/prosa-ai/prosa" = %q
  }
  direct {}
}
`, bin, bin)
}

// withoutSettings is an environment in which nothing changes what the CLI or the provider does.
func withoutSettings(environ []string) []string {
	var kept []string
	for _, variable := range environ {
		name, _, _ := strings.Cut(strings.ToUpper(variable), "=")
		if !strings.HasPrefix(name, "TF_") && !strings.HasPrefix(name, "TOFU_") && !strings.HasPrefix(name, "PROSA_") {
			kept = append(kept, variable)
		}
	}
	return kept
}

// run runs the CLI in a folder. err is set for what is no exit code: it did not start, or was interrupted.
func (c *cli) run(ctx context.Context, folder string, args ...string) (stdout []byte, stderr string, exit int, err error) {
	cmd := exec.CommandContext(ctx, c.path, args...)
	cmd.Dir, cmd.Env = folder, c.env
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	// Asked to stop, the CLI ends its providers; it gets a while for that.
	cmd.Cancel = func() error { return interrupt(cmd.Process) }
	cmd.WaitDelay = 10 * time.Second
	apart(cmd)
	err = cmd.Run()
	if ctx.Err() != nil {
		endGroup(cmd)
		return nil, "", 0, ctx.Err()
	}
	if exited := (*exec.ExitError)(nil); errors.As(err, &exited) && exited.ExitCode() > 0 {
		exit, err = exited.ExitCode(), nil
	}
	return out.Bytes(), strings.TrimSpace(complaints.String()), exit, err
}

// message is one line of what the CLI says with -json.
type message struct {
	Text   string `json:"@message"`
	Type   string `json:"type"`
	Change struct {
		Resource struct {
			Addr string `json:"addr"`
		} `json:"resource"`
		Action string `json:"action"`
	} `json:"change"`
	Diagnostic struct {
		Summary string `json:"summary"`
		Detail  string `json:"detail"`
	} `json:"diagnostic"`
}

// outcome is what a plan or an apply came to.
type outcome struct {
	planned  map[string]string // action by address
	changes  []string          // the same as the CLI says it, in its order
	summary  string            // the CLI's last words
	overHTTP bool              // it warned of warningHTTP
}

// The warnings that are expected: of the receiver's URL, and of a provider that is no released one.
const (
	warningHTTP      = "Webhook URL without encryption"
	warningOverrides = "Provider development overrides are in effect"
)

// change runs a command that plans or applies. Any exit code but 0 is an error that says what the CLI said, and so is
// a warning that is not expected.
func (c *cli) change(ctx context.Context, r *root, args ...string) (outcome, error) {
	args = append(args, "-json", "-input=false")
	stdout, stderr, exit, err := c.run(ctx, r.folder, args...)
	if err != nil {
		return outcome{}, err
	}
	o, problems := readOutcome(stdout)
	if exit != 0 || len(problems) > 0 {
		if stderr != "" {
			problems = append(problems, stderr)
		}
		return o, fmt.Errorf("%s ended with exit code %d:\n%s", strings.Join(append([]string{c.name()}, args...), " "), exit, strings.Join(append(o.changes, problems...), "\n"))
	}
	return o, nil
}

// readOutcome reads what the CLI said with -json. problems are its errors, warnings that are not expected, and lines
// that are no JSON.
func readOutcome(stdout []byte) (o outcome, problems []string) {
	o.planned = map[string]string{}
	for line := range strings.Lines(string(stdout)) {
		line = strings.TrimSpace(line)
		var m message
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			problems = append(problems, line)
			continue
		}
		switch {
		case m.Type == "planned_change" && m.Change.Action != "read":
			o.planned[m.Change.Resource.Addr] = m.Change.Action
			o.changes = append(o.changes, m.Text)
		case m.Type == "change_summary":
			o.summary = m.Text
		case m.Type == "diagnostic" && m.Diagnostic.Summary == warningHTTP:
			o.overHTTP = true
		case m.Type == "diagnostic" && m.Diagnostic.Summary != warningOverrides:
			problems = append(problems, strings.TrimSpace(m.Text+"\n"+m.Diagnostic.Detail))
		}
	}
	return o, problems
}

// output reads an output of an applied configuration into a value.
func (c *cli) output(ctx context.Context, r *root, name string, into any) error {
	stdout, stderr, exit, err := c.run(ctx, r.folder, "output", "-json", name)
	switch {
	case err != nil:
		return err
	case exit != 0:
		return fmt.Errorf("the output %q cannot be read: %s", name, stderr)
	}
	if err := json.Unmarshal(stdout, into); err != nil {
		return fmt.Errorf("the output %q is not as expected: %w", name, err)
	}
	return nil
}

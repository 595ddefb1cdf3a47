package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/prosa-ai/terraform-provider-prosa/internal/cli"
)

// terraform is the CLI of the demo, Terraform or OpenTofu, as the steps use it.
type terraform struct{ *cli.CLI }

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
func (c terraform) change(ctx context.Context, r *root, args ...string) (outcome, error) {
	args = append(args, "-json", "-input=false")
	stdout, stderr, exit, err := c.Run(ctx, r.folder, args...)
	if err != nil {
		return outcome{}, err
	}
	o, problems := readOutcome(stdout)
	if exit != 0 || len(problems) > 0 {
		if stderr != "" {
			problems = append(problems, stderr)
		}
		return o, fmt.Errorf("%s ended with exit code %d:\n%s", strings.Join(append([]string{c.Name()}, args...), " "), exit, strings.Join(append(o.changes, problems...), "\n"))
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
func (c terraform) output(ctx context.Context, r *root, name string, into any) error {
	stdout, stderr, exit, err := c.Run(ctx, r.folder, "output", "-json", name)
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

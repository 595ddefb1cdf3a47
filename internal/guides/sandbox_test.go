package guides_test

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

const (
	sandboxGuide   = "sandbox"
	sandboxAddress = "http://127.0.0.1:8723" // in the guide
)

// TestSandboxGuide follows the guide with the sandbox as a program, on a free port instead of the guide's.
func TestSandboxGuide(t *testing.T) {
	t.Parallel()
	acctest.Program(t, "curl", "curl")
	w := acctest.New(t).Installed()
	r := readerOf(t, w, sandboxGuide)
	text := guideText(t, sandboxGuide)

	command := buildSandbox(t)
	r.leavesOut(startSandbox)
	s := startCommand(t, w, command)
	if greeting := strings.ReplaceAll(s.printed(), s.address, sandboxAddress); !strings.Contains(text, strings.TrimSpace(greeting)) {
		t.Errorf("the guide shows another greeting than %s", greeting)
	}
	uses := func(s *sandboxCommand) {
		w.Setenv("PROSA_BASE_URL", s.address+"/v2/speech")
		w.Setenv("PROSA_API_KEY", sandboxKey)
	}
	r.leavesOut("export PROSA_BASE_URL=" + sandboxAddress + "/v2/speech")
	r.leavesOut("export PROSA_API_KEY=" + sandboxKey)
	uses(s)

	follow(t, w, sandboxGuide, "main.tf")
	r.run("terraform init")
	r.run("terraform apply")
	expectTexts(t, r.output, "Apply complete! Resources: 2 added, 0 changed, 0 destroyed.")
	s.expectShown(text, "POST   /webhooks/endpoints/")

	receiver := startReceiver(t, []string{buildReceiver(t)})
	follow(t, w, sandboxGuide, "receiver.tf")
	w.Setenv("TF_VAR_receiver_url", receiver.url)
	r.shAt(s, `curl -sS -H "x-api-key: $PROSA_API_KEY" -d 'create-endpoint=lost' http://127.0.0.1:8723/sandbox/faults`)
	r.run("terraform apply")
	expectTexts(t, r.output, "Resources: 1 added, 0 changed, 0 destroyed.", "Webhook URL without encryption")
	s.expectShown(text, "connection closed (fault)")
	r.shAt(s, `curl -sS -H "x-api-key: $PROSA_API_KEY" -X DELETE http://127.0.0.1:8723/sandbox/faults`)
	expectNoChanges(t, w)

	r.shAt(s, `curl -sS -H "x-api-key: $PROSA_API_KEY" -d '{"event_type": "stt.jobs.completed", "data": {"job_id": "1"}}' http://127.0.0.1:8723/sandbox/events`)
	answer := strings.ReplaceAll(r.output, receiver.url, "http://127.0.0.1:8000/prosa-webhook")
	if !strings.Contains(normal(text), normal(answer)) {
		t.Errorf("the guide shows another answer than %s", answer)
	}
	eventually(t, receiver, `of type "stt.jobs.completed": 15 bytes`)
	s.expectShown(strings.ReplaceAll(text, "http://127.0.0.1:8000/prosa-webhook", receiver.url), "delivered stt.jobs.completed")
	s.ends()

	follow(t, w, sandboxGuide, "seed.json", "seeded/main.tf")
	seeded := startSandbox + " -seed seed.json -rate-limit 1 -latency 100ms"
	r.leavesOut(seeded)
	s = startCommand(t, w, command, strings.Fields(strings.TrimPrefix(seeded, startSandbox))...)
	r.output = s.printed()
	r.sees("Loaded from seed.json: endpoints: 1, events: 1, deliveries: 1.")
	uses(s)
	r.run("terraform -chdir=seeded init")
	r.run("terraform -chdir=seeded apply")
	r.sees("Resources: 1 imported, 0 added, 0 changed, 0 destroyed.", "failed = 1")
	r.output = s.printed()
	r.sees("429 (rate limit)")
	if strings.Contains(r.output, "POST") {
		t.Errorf("something was changed:\n%s", r.output)
	}
	s.ends()

	quirky := startSandbox + " -quirk zoneless-times -quirk to-date=exclusive -quirk lacks=rotate-secret"
	r.leavesOut(quirky)
	startCommand(t, w, command, strings.Fields(strings.TrimPrefix(quirky, startSandbox))...).ends()
	r.ends()
}

// TestSandboxFlags: the guide's table lists exactly the flags of the command.
func TestSandboxFlags(t *testing.T) {
	t.Parallel()
	help, err := exec.CommandContext(t.Context(), buildSandbox(t), "-h").Output()
	if err != nil {
		t.Fatal(err)
	}
	names := func(expression, text string) string {
		var all []string
		for _, found := range regexp.MustCompile(expression).FindAllStringSubmatch(text, -1) {
			all = append(all, found[1])
		}
		slices.Sort(all)
		return strings.Join(all, " ")
	}
	shown, there := names("(?m)^\\| `-([a-z-]+)", guideText(t, sandboxGuide)), names(`(?m)^  -([a-z-]+)`, string(help))
	if shown != there || there == "" {
		t.Errorf("the guide has the flags %s, the command has %s", shown, there)
	}
}

// TestSandboxQuirks: the command accepts every quirk in the guide's table.
func TestSandboxQuirks(t *testing.T) {
	t.Parallel()
	_, section, _ := strings.Cut(guideText(t, sandboxGuide), "\n## Behave like another installation\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var args []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\S+)` \\|").FindAllStringSubmatch(section, -1) {
		args = append(args, "-quirk", row[1])
	}
	if len(args) < 20 {
		t.Errorf("the guide has %d quirks", len(args)/2)
	}
	startCommand(t, acctest.New(t).Installed(), buildSandbox(t), args...).ends()
}

// buildSandbox builds the command, because go run would not pass on the interrupt that ends it.
func buildSandbox(t *testing.T) string {
	t.Helper()
	return buildProgram(t, "github.com/prosa-ai/terraform-provider-prosa/internal/cmd/sandbox")
}

// sandboxCommand is a running sandbox command.
type sandboxCommand struct {
	t       *testing.T
	cmd     *exec.Cmd
	address string
	done    chan struct{}

	mu    sync.Mutex
	lines bytes.Buffer
}

func startCommand(t *testing.T, w *acctest.Workspace, command string, args ...string) *sandboxCommand {
	t.Helper()
	s := &sandboxCommand{t: t, cmd: exec.Command(command, append([]string{"-addr", "127.0.0.1:0"}, args...)...), done: make(chan struct{})}
	s.cmd.Dir, s.cmd.Stderr = w.Folder, os.Stderr
	output, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	ready := make(chan string, 1)
	go s.read(output, ready)
	select {
	case s.address = <-ready:
	case <-time.After(time.Minute):
		t.Fatalf("it does not say how to reach it:\n%s", s.printed())
	}
	return s
}

// read collects the output, and sends the address once the greeting is complete.
func (s *sandboxCommand) read(output io.Reader, ready chan<- string) {
	defer close(s.done)
	address := ""
	for lines := bufio.NewScanner(output); lines.Scan(); {
		s.mu.Lock()
		s.lines.WriteString(lines.Text() + "\n")
		s.mu.Unlock()
		if _, base, found := strings.Cut(lines.Text(), "export PROSA_BASE_URL='"); found {
			address = strings.TrimSuffix(base, "/v2/speech'")
		}
		if strings.Contains(lines.Text(), "export PROSA_API_KEY=") {
			ready <- address
		}
	}
}

func (s *sandboxCommand) printed() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lines.String()
}

// ends interrupts the command, which must exit without an error.
func (s *sandboxCommand) ends() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		s.t.Fatal(err)
	}
	<-s.done
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("the sandbox ended with %v", err)
	}
}

var textBlock = regexp.MustCompile("(?ms)^```text\n(.*?)^```$")

// expectShown waits until the command has printed every line of the guide's block that contains a text, ignoring times
// and ids.
func (s *sandboxCommand) expectShown(guide, has string) {
	s.t.Helper()
	var lines []string
	for _, block := range textBlock.FindAllStringSubmatch(guide, -1) {
		if strings.Contains(block[1], has) {
			lines = strings.Split(strings.TrimSpace(block[1]), "\n")
		}
	}
	if lines == nil {
		s.t.Fatalf("the guide has no block with %q", has)
	}
	missing := func() bool {
		return slices.ContainsFunc(lines, func(line string) bool {
			return !strings.Contains(normal(s.printed()), normal(strings.TrimSpace(line)))
		})
	}
	for deadline := time.Now().Add(10 * time.Second); missing() && time.Now().Before(deadline); {
		<-time.After(10 * time.Millisecond)
	}
	if missing() {
		s.t.Errorf("the guide shows\n%s\nand the sandbox has printed\n%s", strings.Join(lines, "\n"), s.printed())
	}
}

var varying = regexp.MustCompile(`\d\d:\d\d:\d\d|[0-9a-f]{8}-[0-9a-f-]{27}|after [0-9.]+(µs|ms|s)`)

// normal removes the parts that differ in each run.
func normal(text string) string { return varying.ReplaceAllString(text, "…") }

// shAt is sh for a command with the sandbox's address, which differs from the guide's.
func (r *reader) shAt(s *sandboxCommand, command string) {
	r.t.Helper()
	r.leavesOut(command)
	there := strings.Replace(command, sandboxAddress, s.address, 1)
	r.commands = append([]string{there}, r.commands...)
	r.run(there)
}

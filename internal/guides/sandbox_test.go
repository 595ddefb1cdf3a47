package guides_test

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

const (
	sandboxCommand = "go run github.com/prosa-ai/terraform-provider-prosa/internal/cmd/sandbox@latest"
	sandboxAddress = "http://127.0.0.1:8723" // in the guides
	sandboxKey     = "sandbox"               // the command's default key
	exportSandbox  = "export PROSA_BASE_URL=" + sandboxAddress + "/v2/speech"
)

// TestSandboxGuide follows the guide with the sandbox as a program, on a free port instead of the guide's.
func TestSandboxGuide(t *testing.T) {
	t.Parallel()
	acctest.Program(t, "curl", "curl")
	w := acctest.New(t).Installed()
	r := newReader(t, w, "sandbox")
	serve := func(flags string) (s *process, address string) {
		r.skip(sandboxCommand + flags)
		s, address = startSandbox(t, w, strings.Fields(flags)...)
		w.Setenv("PROSA_BASE_URL", address+"/v2/speech")
		w.Setenv("PROSA_API_KEY", sandboxKey)
		return s, address
	}
	s, address := serve("")
	if greeting := strings.ReplaceAll(s.printed(), address, sandboxAddress); !strings.Contains(r.text, strings.TrimSpace(greeting)) {
		t.Errorf("the guide does not show the greeting %s", greeting)
	}
	curl := func(command string) {
		r.skip(command)
		if err := r.shell(strings.Replace(command, sandboxAddress, address, 1)); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, r.output)
		}
	}
	r.skip(exportSandbox, "export PROSA_API_KEY="+sandboxKey)
	r.copy("main.tf")
	r.run("terraform init")
	r.run("terraform apply")
	expectTexts(t, r.output, "2 added")
	expectLines(t, s, r.textBlock("POST   /webhooks/endpoints/"))

	receiver := startReceiver(t, goReceiver(t))
	r.copy("receiver.tf")
	w.Setenv("TF_VAR_receiver_url", receiver.url)
	curl(`curl -sS -H "x-api-key: $PROSA_API_KEY" -d 'create-endpoint=lost' http://127.0.0.1:8723/sandbox/faults`)
	r.run("terraform apply")
	expectTexts(t, r.output, "1 added", "Webhook URL without encryption")
	expectLines(t, s, r.textBlock("connection closed (fault)"))
	curl(`curl -sS -H "x-api-key: $PROSA_API_KEY" -X DELETE http://127.0.0.1:8723/sandbox/faults`)
	s.await(t, "faults removed")
	expectNoChanges(t, w)

	curl(`curl -sS -H "x-api-key: $PROSA_API_KEY" -d '{"event_type": "stt.jobs.completed", "data": {"job_id": "1"}}' http://127.0.0.1:8723/sandbox/events`)
	deliveries := strings.ReplaceAll(r.textBlock("delivered stt.jobs.completed"), "http://127.0.0.1:8000/prosa-webhook", receiver.url)
	for line := range strings.Lines(deliveries) {
		if !regexp.MustCompile(pattern(line)).MatchString(r.output) {
			t.Errorf("the guide shows %s, but the sandbox responds with %s", line, r.output)
		}
	}
	receiver.await(t, `of type "stt.jobs.completed": 15 bytes`)
	expectLines(t, s, deliveries)
	s.interrupt(t)

	r.copy("seed.json", "seeded/main.tf")
	s, _ = serve(" -seed seed.json -rate-limit 1 -latency 100ms")
	r.expectShownIn(s.printed(), "Loaded from seed.json: endpoints: 1, events: 1, deliveries: 1.")
	r.run("terraform -chdir=seeded init")
	r.run("terraform -chdir=seeded apply", "Resources: 1 imported, 0 added, 0 changed, 0 destroyed.", "failed = 1")
	r.expectShownIn(s.printed(), "429 (rate limit)")
	if strings.Contains(s.printed(), "POST") {
		t.Errorf("the import sends a POST request:\n%s", s.printed())
	}
	s.interrupt(t)

	s, _ = serve(" -quirk zoneless-times -quirk to-date=exclusive -quirk lacks=rotate-secret")
	s.interrupt(t)
	r.expectEnd()
}

// TestSandboxOptions checks that the guide lists exactly the command's flags, and that the command accepts each quirk in
// the guide.
func TestSandboxOptions(t *testing.T) {
	t.Parallel()
	text := guideText(t, "sandbox")
	var args, listed []string
	for _, quirk := range regexp.MustCompile("(?m)^\\| `([a-z0-9][a-z0-9-]*(?:=[^` ]+)?)` \\|").FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(quirk[1], "create-endpoint=") { // a fault
			args = append(args, "-quirk", quirk[1])
		}
	}
	if len(args) < 20 {
		t.Errorf("the guide has %d quirks, want at least 10", len(args)/2)
	}
	for _, flag := range regexp.MustCompile("(?m)^\\| `(-[a-z-]+)").FindAllStringSubmatch(text, -1) {
		listed = append(listed, flag[1])
	}
	w := acctest.New(t).Workspace(nil)
	s, _ := startSandbox(t, w, args...)
	s.interrupt(t)

	help, err := exec.CommandContext(t.Context(), s.cmd.Path, "-h").CombinedOutput()
	if err != nil {
		t.Fatalf("-h: %v\n%s", err, help)
	}
	var defined []string
	for _, flag := range regexp.MustCompile(`(?m)^  (-[a-z-]+)`).FindAllStringSubmatch(string(help), -1) {
		defined = append(defined, flag[1])
	}
	slices.Sort(listed)
	if slices.Sort(defined); !slices.Equal(listed, defined) || len(defined) == 0 {
		t.Errorf("the guide has the flags %q, and the command has %q", listed, defined)
	}
}

// expectLines waits until the program has printed each line of a guide's text block.
func expectLines(t *testing.T, p *process, block string) {
	t.Helper()
	for line := range strings.Lines(block) {
		p.await(t, pattern(line))
	}
}

var varying = regexp.MustCompile(`\d\d:\d\d:\d\d|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9.]+(?:µs|ms|s)\b`)

// pattern returns an expression that matches a line of a guide, with any times and ids.
func pattern(line string) string {
	const placeholder = "<varying>"
	line = varying.ReplaceAllString(strings.TrimSpace(line), placeholder)
	return strings.ReplaceAll(regexp.QuoteMeta(line), placeholder, `\S+`)
}

package main

import (
	"slices"
	"strings"
	"testing"
)

func TestRoot(t *testing.T) {
	t.Parallel()
	r, err := newRoot(t.TempDir(), "webhooks")
	if err != nil {
		t.Fatal(err)
	}
	text, err := r.add("webhooks.tf", "http://127.0.0.1:1/hook")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text, `"http://127.0.0.1:1/hook"`) || strings.Contains(text, placeholder) {
		t.Errorf("the URL of the receiver is not in the file:\n%s", text)
	}

	diff, err := r.edit(`["stt.jobs.completed"]`, `[]`)
	if err != nil || diff != "- [\"stt.jobs.completed\"]\n+ []" {
		t.Errorf("the change is shown as %q: %v", diff, err)
	}
	if _, err := r.edit("there is no such line", ""); err == nil {
		t.Error("a line that is not there was changed")
	}

	for text, want := range map[string][]string{"event_filters = []": {"webhooks.tf"}, "stt.jobs.completed": nil} {
		found, files, err := r.filesWith([]string{"nowhere", text})
		if err != nil || files != 1 || !slices.Equal(found, want) {
			t.Errorf("%q should be in %q, and is in %q of %d files: %v", text, want, found, files, err)
		}
	}
}

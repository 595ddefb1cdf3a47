package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestReadEvents(t *testing.T) {
	t.Parallel()
	const events = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"A"}
{"Action":"output","Package":"p","Test":"A","Output":"quiet\n"}
{"Action":"pass","Package":"p","Test":"A"}
{"Action":"output","Package":"p","Test":"B","Output":"loud\n"}
{"Action":"output","Package":"p","Test":"B/1","Output":"louder\n"}
{"Action":"fail","Package":"p","Test":"B/1"}
{"Action":"fail","Package":"p","Test":"B"}
{"Action":"skip","Package":"p","Test":"C"}
{"Action":"output","Package":"p","Output":"FAIL\n"}
{"Action":"fail","Package":"p"}
`
	var out bytes.Buffer
	got, err := readEvents(strings.NewReader(events), &out)
	if err != nil {
		t.Fatal(err)
	}
	if want := (result{passed: 1, failed: 2, skipped: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if want := "louder\nloud\nFAIL\n"; out.String() != want {
		t.Errorf("it printed %q, want %q", out.String(), want)
	}
	if _, err := readEvents(strings.NewReader("FAIL"), &out); err == nil {
		t.Error("what is no JSON passes")
	}
}

func TestResultIsBad(t *testing.T) {
	t.Parallel()
	for want, results := range map[bool][]result{
		false: {{passed: 1}, {passed: 3, skipped: 2}},
		true:  {{}, {skipped: 2}, {passed: 1, failed: 1}, {passed: 1, unsuccessful: true}},
	} {
		for _, r := range results {
			if r.bad() != want {
				t.Errorf("%+v", r)
			}
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	printTable(&out, []cli{
		{version: "Terraform v1.15.9", result: result{passed: 120, skipped: 3}, took: 61400 * time.Millisecond},
		{version: "OpenTofu v1.8.11", result: result{passed: 7, failed: 1}, took: time.Second},
	})
	want := `
CLI                passed  failed  skipped  time  result
Terraform v1.15.9  120     0       3        1m1s  ok
OpenTofu v1.8.11   7       1       0        1s    FAILED
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// script is a CLI that tells a version.
func script(t *testing.T, version string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cli")
	if err := os.WriteFile(file, []byte("#!/bin/sh\necho '"+version+"'\necho on linux_amd64\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestFindCLIs(t *testing.T) {
	t.Parallel()
	a, b := script(t, "Terraform v1.8.5"), script(t, "OpenTofu v1.12.6")
	for _, separator := range []string{" ", ":", " : "} {
		clis, err := findCLIs(t.Context(), a+separator+b)
		if err != nil {
			t.Fatal(err)
		}
		if len(clis) != 2 || clis[0].path != a || clis[0].version != "Terraform v1.8.5" || clis[1].version != "OpenTofu v1.12.6" {
			t.Errorf("found %+v", clis)
		}
	}
	for list, says := range map[string]string{
		"": "TF_CLIS names no CLI", a + ":" + a + "-that-is-not-there": "cannot be run", script(t, "Vagrant 2"): "neither Terraform nor OpenTofu",
		":": "TF_CLIS names no CLI", filepath.Join(a, "cli"): "cannot be run",
	} {
		if _, err := findCLIs(t.Context(), list); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v", list, err)
		}
	}
}

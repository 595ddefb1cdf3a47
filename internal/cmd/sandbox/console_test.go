package main

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestRequestLines checks the printed lines, some of which explain a status that newcomers often cause by mistake.
func TestRequestLines(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		request sandbox.Request
		want    string
	}{
		"success":        {sandbox.Request{Status: http.StatusOK}, "200"},
		"closed":         {sandbox.Request{Faulted: true}, "connection closed (fault)"},
		"fault":          {sandbox.Request{Status: http.StatusUnauthorized, Faulted: true}, "401 (fault)"},
		"wrong key":      {sandbox.Request{Status: http.StatusUnauthorized}, "401 (not the key of this sandbox: see -api-key)"},
		"wrong path":     {sandbox.Request{Status: http.StatusNotFound, Operation: sandbox.OpUnknown}, "404 (no such path: PROSA_BASE_URL ends in /v2/speech)"},
		"missing object": {sandbox.Request{Status: http.StatusNotFound, Operation: sandbox.OpGetEvent}, "404"},
		"too many":       {sandbox.Request{Status: http.StatusTooManyRequests}, "429 (rate limit)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.request.Method, test.request.Path = "GET", "/x"
			var text bytes.Buffer
			(&console{out: &text}).request(test.request)
			if !strings.HasSuffix(text.String(), "  GET    /x  "+test.want+"\n") {
				t.Errorf("%q, want it to end with %q", text.String(), test.want)
			}
		})
	}
}

package acctest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Diagnostic is an error or a warning, as users see it.
type Diagnostic struct {
	Severity  string // "error" or "warning"
	Attribute string // such as rotation_period.days or headers["x"]; empty: none
	Summary   string
	Detail    string
}

func (d Diagnostic) String() string {
	return fmt.Sprintf("%s on %q: %s: %s", d.Severity, d.Attribute, d.Summary, d.Detail)
}

// Diagnostics are all errors and warnings that the provider returned.
type Diagnostics []Diagnostic

// Errors returns the number of errors, without warnings.
func (d Diagnostics) Errors() (n int) {
	for _, one := range d {
		if one.Severity == "error" {
			n++
		}
	}
	return n
}

// Expect fails the test unless there is exactly one diagnostic, with this severity and attribute, whose text contains
// all of texts.
func (d Diagnostics) Expect(t testing.TB, severity, attribute string, texts ...string) {
	t.Helper()
	if len(d) != 1 || d[0].Severity != severity || d[0].Attribute != attribute {
		t.Fatalf("want one %s on %q, got %d diagnostics: %v", severity, attribute, len(d), d)
	}
	for _, text := range texts {
		if !strings.Contains(d[0].Summary+"\n"+d[0].Detail, text) {
			t.Errorf("the text %q is missing: %v", text, d[0])
		}
	}
}

// ExpectNone fails the test if there is a diagnostic.
func (d Diagnostics) ExpectNone(t testing.TB) {
	t.Helper()
	if len(d) > 0 {
		t.Fatalf("want no diagnostics, got %v", d)
	}
}

func diagnostics(list []*tfprotov6.Diagnostic) Diagnostics {
	var all Diagnostics
	for _, d := range list {
		all = append(all, Diagnostic{
			Severity: strings.ToLower(d.Severity.String()), Attribute: pathText(d.Attribute), Summary: d.Summary, Detail: d.Detail,
		})
	}
	return all
}

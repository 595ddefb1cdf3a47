package main

import (
	"maps"
	"slices"
	"testing"
)

func TestReadOutcome(t *testing.T) {
	t.Parallel()
	o, problems := readOutcome([]byte(`{"@message":"Terraform 1.11.4","type":"version"}
{"@message":"Warning: Provider development overrides are in effect","type":"diagnostic","diagnostic":{"severity":"warning","summary":"Provider development overrides are in effect","detail":"…"}}
{"@message":"Warning: Webhook URL without encryption","type":"diagnostic","diagnostic":{"severity":"warning","summary":"Webhook URL without encryption","detail":"…"}}
{"@message":"a.b: Plan to replace","type":"planned_change","change":{"resource":{"addr":"a.b"},"action":"replace"}}
{"@message":"data.a.b: Plan to read","type":"planned_change","change":{"resource":{"addr":"data.a.b"},"action":"read"}}
{"@message":"Plan: 1 to add, 0 to change, 1 to destroy.","type":"change_summary"}
{"@message":"Apply complete!","type":"change_summary"}
`))
	if len(problems) > 0 {
		t.Errorf("there should be no problems: %q", problems)
	}
	if !maps.Equal(o.planned, map[string]string{"a.b": "replace"}) || !slices.Equal(o.changes, []string{"a.b: Plan to replace"}) {
		t.Errorf("the plan is not as the CLI says: %v, %q", o.planned, o.changes)
	}
	if o.summary != "Apply complete!" || !o.overHTTP {
		t.Errorf("the summary or the warning is not as the CLI says: %+v", o)
	}
}

func TestReadOutcomeReportsProblems(t *testing.T) {
	t.Parallel()
	_, problems := readOutcome([]byte(`{"@message":"Error: Missing API key","type":"diagnostic","diagnostic":{"severity":"error","summary":"Missing API key","detail":"Set it."}}
{"@message":"Warning: Check block assertion failed","type":"diagnostic","diagnostic":{"severity":"warning","summary":"Check block assertion failed","detail":"It is down."}}
Error: no JSON at all
`))
	want := []string{"Error: Missing API key\nSet it.", "Warning: Check block assertion failed\nIt is down.", "Error: no JSON at all"}
	if !slices.Equal(problems, want) {
		t.Errorf("the problems should be %q, and are %q", want, problems)
	}
}

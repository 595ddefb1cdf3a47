package main

import (
	"bytes"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestQuirksAreComplete checks that each field of sandbox.Quirks has a quirk, that the listed values are valid, and that -h
// lists all quirks.
func TestQuirksAreComplete(t *testing.T) {
	t.Parallel()
	var help bytes.Buffer
	_, _ = parse([]string{"-h"}, &help)
	var quirks sandbox.Quirks
	names := map[any]string{}
	for _, k := range quirksOf(&quirks) {
		if names[k.field] != "" {
			t.Errorf("%s and %s are the same field", names[k.field], k.name)
		}
		names[k.field] = k.name
		if !strings.Contains(help.String(), "\n  "+k.usage()+"\n    \t"+k.help+"\n") || k.help == "" {
			t.Errorf("-h does not explain %s", k.name)
		}
		for value := range strings.SplitSeq(k.values, "|") {
			text := k.name
			if value != "" {
				text += "=" + map[string]string{"2xx": "201", "zone": "Asia/Tokyo", "operation,…": "get-event,list-events"}[value]
			}
			if strings.HasSuffix(text, "=") {
				text += value
			}
			o, err := parse([]string{"-quirk", text}, io.Discard)
			if err != nil || reflect.DeepEqual(o.quirks, sandbox.Quirks{}) {
				t.Errorf("-quirk %s: %v, %+v", text, err, o.quirks)
			}
		}
	}
	fields := reflect.ValueOf(&quirks).Elem()
	for i := range fields.NumField() {
		name := fields.Type().Field(i).Name
		flat := strings.ToLower(strings.ReplaceAll(names[fields.Field(i).Addr().Interface()], "-", ""))
		if flat != strings.ToLower(name) {
			t.Errorf("the field %s is the quirk %q", name, flat)
		}
	}
}

func TestQuirks(t *testing.T) {
	t.Parallel()
	o, err := parse([]string{
		"-quirk", "zoneless-times", "-quirk", "to-date=exclusive", "-quirk", "create-status=201",
		"-quirk", "lacks=rotate-secret", "-quirk", "lacks=get-event,list-events",
	}, io.Discard)
	want := sandbox.Quirks{
		ZonelessTimes: true, ToDate: "exclusive", CreateStatus: 201,
		Lacks: []sandbox.Operation{sandbox.OpRotateSecret, sandbox.OpGetEvent, sandbox.OpListEvents},
	}
	if err != nil || !reflect.DeepEqual(o.quirks, want) {
		t.Errorf("%v, %+v", err, o.quirks)
	}

	r := start(t, "-quirk", "update-answer=no-content", "-quirk", "ids=opaque")
	if text := r.mustAnswer(200, "POST", "/webhooks/endpoints", `{"url":"https://example.com/hook"}`); !strings.Contains(text, `"id":"ep:`) {
		t.Error(text)
	}
}

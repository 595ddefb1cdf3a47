package prosa

import (
	"strings"
	"testing"
)

// Computed with sha256sum from key, full stop and body.
const (
	pingBody   = `{"message":"ping"}`
	pingByKeyA = "439f7d017b98d4c96e7faa525865bf4628921c997069a0f3b9d478545eb8c9d1"
	pingOther  = "981b74e75987fcc5297921fa341490898dbef0aa2b502e15c6d0cf2649a31f6a"
	nothingByK = "cf4cdd0174f724805681f17b68510a5d342eea4c43a621935a9539622433015f"
)

func TestSignature(t *testing.T) {
	t.Parallel()
	equal(t, "signature", Signature(keyA, 1673940396, pingBody), "t=1673940396,v1="+pingByKeyA)
	equal(t, "empty body", Signature("k", 0, ""), "t=0,v1="+nothingByK)
	equal(t, "negative timestamp", Signature("k", -1, ""), "t=-1,v1="+nothingByK)
}

func TestVerifySignature(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header string
		keys   []string
		want   bool
	}{
		"one key":              {"t=1,v1=" + pingByKeyA, []string{keyA}, true},
		"one of two keys":      {"t=1,v1=" + pingByKeyA, []string{"older", keyA}, true},
		"one of two v1":        {"t=1,v1=" + pingOther + ",v1=" + pingByKeyA, []string{keyA}, true},
		"spaces":               {"t=1, v1 = " + strings.ToUpper(pingByKeyA), []string{keyA}, false},
		"upper case":           {"t=1, v1=" + strings.ToUpper(pingByKeyA), []string{keyA}, true},
		"no timestamp":         {"v1=" + pingByKeyA, []string{keyA}, true},
		"another key":          {"t=1,v1=" + pingOther, []string{keyA}, false},
		"no keys":              {"t=1,v1=" + pingByKeyA, nil, false},
		"no v1":                {"t=1", []string{keyA}, false},
		"empty header":         {"", []string{keyA}, false},
		"empty v1":             {"t=1,v1=", []string{keyA}, false},
		"truncated":            {"t=1,v1=" + pingByKeyA[:62], []string{keyA}, false},
		"v2":                   {"t=1,v2=" + pingByKeyA, []string{keyA}, false},
		"not hex":              {"t=1,v1=" + pingByKeyA[:63] + "x", []string{keyA}, false},
		"hash only":            {pingByKeyA, []string{keyA}, false},
		"key and body swapped": {"t=1,v1=" + pingByKeyA, []string{pingBody}, false},
	} {
		if got := VerifySignature(c.header, pingBody, c.keys); got != c.want {
			t.Errorf("%s: got %t, want %t", name, got, c.want)
		}
	}
	if VerifySignature("t=1,v1="+pingByKeyA, pingBody+" ", []string{keyA}) {
		t.Error("the signature of another body is accepted")
	}
}

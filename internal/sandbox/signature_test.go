package sandbox_test

import (
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// printf '%s' 'whsec_1.{"a":1}' | sha256sum, and the same with 'second key'.
const (
	signedBody   = `{"a":1}`
	firstDigest  = "9f4a5cb221f594fbcb63808f57c5f40b279ff460a27b1e19a53cf5b9e9f82d30"
	secondDigest = "10a6ce01ee42fe213817f7683d89326e9fb780880228e06d6855042b2a1d202d"
)

func TestSign(t *testing.T) {
	t.Parallel()
	at := time.Unix(1673940396, 999999999)
	equal(t, "one key", sandbox.Sign([]string{"whsec_1"}, at, []byte(signedBody)), "t=1673940396,v1="+firstDigest)
	equal(t, "two keys", sandbox.Sign([]string{"whsec_1", "second key"}, at, []byte(signedBody)), "t=1673940396,v1="+firstDigest+",v1="+secondDigest)
	equal(t, "no key", sandbox.Sign(nil, at, []byte(signedBody)), "t=1673940396")
}

func TestVerifySignature(t *testing.T) {
	t.Parallel()
	both := []string{"whsec_1", "second key"}
	for _, test := range []struct {
		header string
		keys   []string
		want   bool
	}{
		{"t=1,v1=" + firstDigest, both[:1], true},
		{"t=1,v1=" + secondDigest, both, true},
		{"t=1,v1=" + firstDigest + ",v1=" + secondDigest, both[1:], true},
		{"t=1,v1=" + secondDigest + ",v1=" + firstDigest, both[1:], true},
		{"v1=" + firstDigest + ",t=1", both, true},
		{"t=1,v2=x,v1=" + firstDigest, both, true},

		{"t=1,v1=" + firstDigest, both[1:], false},
		{"t=1,v1=" + firstDigest, nil, false},
		{"t=1,v1=" + firstDigest[1:], both, false},
		{"t=1,v1=", both, false},
		{"t=1,v2=" + firstDigest, both, false},
		{"t=1", both, false},
		{"v1=" + firstDigest, both, false},
		{"t=now,v1=" + firstDigest, both, false},
		{"t=1;v1=" + firstDigest, both, false},
		{"t=1,v1=" + firstDigest + ",", both, false},
		{"", both, false},
	} {
		equal(t, test.header, sandbox.VerifySignature(test.header, []byte(signedBody), test.keys), test.want)
	}
	equal(t, "another body", sandbox.VerifySignature("t=1,v1="+firstDigest, []byte(`{"a":2}`), both), false)
}

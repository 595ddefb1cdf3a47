package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// Sign returns the x-prosa-signature header of a delivery at a time, with one v1 for each key.
func Sign(keys []string, at time.Time, body []byte) string {
	var b strings.Builder
	b.WriteString("t=" + strconv.FormatInt(at.Unix(), 10))
	for _, key := range keys {
		b.WriteString(",v1=" + digest(key, body))
	}
	return b.String()
}

// sign returns the x-prosa-signature header in this installation's format.
func (s *Server) sign(keys []string, at time.Time, body []byte) string {
	if !s.Quirks.SHA256Signatures {
		return Sign(keys, at, body)
	}
	sum := hmac.New(sha256.New, []byte(keys[len(keys)-1]))
	sum.Write(body)
	return "sha256=" + hex.EncodeToString(sum.Sum(nil))
}

// VerifySignature reports whether any v1 of an x-prosa-signature header was made with one of the keys for this body. It
// rejects a header without a time, but does not check the time, which the digest does not cover.
func VerifySignature(header string, body []byte, keys []string) bool {
	timed, signed := false, false
	for part := range strings.SplitSeq(header, ",") {
		name, text, ok := strings.Cut(part, "=")
		if !ok {
			return false
		}
		switch name {
		case "t":
			if _, err := strconv.ParseInt(text, 10, 64); err != nil {
				return false
			}
			timed = true
		case "v1":
			for _, key := range keys {
				signed = subtle.ConstantTimeCompare([]byte(text), []byte(digest(key, body))) == 1 || signed
			}
		}
	}
	return timed && signed
}

// digest is the plain SHA-256 of key, dot and body: the API does not use an HMAC.
func digest(key string, body []byte) string {
	sum := sha256.New()
	sum.Write([]byte(key + "."))
	sum.Write(body)
	return hex.EncodeToString(sum.Sum(nil))
}

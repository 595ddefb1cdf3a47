package prosa

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strings"
)

// Signature returns the x-prosa-signature header of a body for one key: "t=<timestamp>,v1=<hex>". The hex is the SHA-256
// (not an HMAC) of key, full stop and body. The timestamp is in Unix seconds, and is not signed.
func Signature(key string, timestamp int64, body string) string {
	sum := signatureOf(key, body)
	return fmt.Sprintf("t=%d,v1=%s", timestamp, hex.EncodeToString(sum[:]))
}

// VerifySignature reports whether a v1 element of an x-prosa-signature header is the signature of body with one of the
// keys. It does not check the timestamp, which may be missing.
func VerifySignature(header, body string, keys []string) bool {
	for element := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(element), "=")
		given, err := hex.DecodeString(value)
		if name != "v1" || err != nil {
			continue
		}
		for _, key := range keys {
			if sum := signatureOf(key, body); subtle.ConstantTimeCompare(sum[:], given) == 1 {
				return true
			}
		}
	}
	return false
}

func signatureOf(key, body string) [sha256.Size]byte {
	return sha256.Sum256([]byte(key + "." + body))
}

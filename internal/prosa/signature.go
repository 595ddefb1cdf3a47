package prosa

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strings"
)

// Signature is the x-prosa-signature header that Prosa sends with a body, for one key: "t=<timestamp>,v1=<hex>". The hex
// is a plain SHA-256 of key, full stop and body. The timestamp is in Unix seconds, and is not signed.
func Signature(key string, timestamp int64, body string) string {
	sum := signatureOf(key, body)
	return fmt.Sprintf("t=%d,v1=%s", timestamp, hex.EncodeToString(sum[:]))
}

// VerifySignature says whether any of the keys made any of the v1 elements of an x-prosa-signature header. It does not
// check the timestamp, which may be missing. A header of another form has no v1 elements.
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

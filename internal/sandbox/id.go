package sandbox

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// ids generates the version 7 UUIDs of one account. They have the layout of those on the reference page, which is that
// of the early draft: 36 bits of seconds, 24 bits of their fraction, a 14-bit counter and 48 random bits. RFC 9562
// counts milliseconds instead.
type ids struct {
	stamp uint64
	count uint64
}

// formatID formats a UUID as this installation formats ids. An opaque id begins with the prefix of its kind. It contains
// characters that break clients that do not escape it in a path, unescape it twice, read its plus as a blank or change
// its case: they do not find the object.
func (q *Quirks) formatID(prefix, uuid string) string {
	switch q.IDs {
	case "hex":
		return strings.ReplaceAll(uuid, "-", "")
	case "opaque":
		return prefix + ":" + uuid[:8] + "/Kq+%41" + uuid[24:]
	}
	return uuid
}

// parseID returns the stored form of an id; false if this installation has no such ids.
func (q *Quirks) parseID(text string) (string, bool) {
	if q.IDs != "" {
		return text, text != ""
	}
	id, err := uuid.Parse(text)
	// Parse also accepts other forms, which have other lengths.
	return id.String(), err == nil && len(text) == len(id.String())
}

// ordered returns an id greater than all previous ones, even if the clock stops or goes back.
func (i *ids) ordered(now time.Time) string {
	const stampBits, countBits = 60, 14
	stamp := (uint64(now.Unix())<<24 | uint64(now.Nanosecond())<<24/uint64(time.Second)) & (1<<stampBits - 1)
	if stamp > i.stamp {
		i.stamp, i.count = stamp, 0
	} else if i.count++; i.count == 1<<countBits {
		i.stamp, i.count = i.stamp+1, 0
	}
	return fmt.Sprintf("%08x-%04x-7%03x-%04x-%s",
		i.stamp>>28, i.stamp>>12&0xffff, i.stamp&0xfff, 1<<15|i.count, hex.EncodeToString(random(6)))
}

// newID returns a new version 4 UUID, the version of endpoint, event and delivery ids on the reference page.
func (s *Server) newID(prefix string) string { return s.Quirks.formatID(prefix, uuid.NewString()) }

// orderedID returns a new version 7 UUID, the version of secret ids on the reference page.
func (a *Account) orderedID(prefix string) string {
	return a.Quirks.formatID(prefix, a.ids.ordered(a.now()))
}

// checkID generates a missing id, and rejects one that this installation cannot have.
func (s *Server) checkID(name, prefix, id string) (string, error) {
	if id == "" {
		return s.newID(prefix), nil
	}
	parsed, ok := s.Quirks.parseID(id)
	if !ok {
		return "", fmt.Errorf("%s must be a UUID: %q", name, id)
	}
	return parsed, nil
}

// newKey generates a signing key in the API's format.
func newKey() string { return hex.EncodeToString(random(32)) }

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, and fills all of b
	return b
}

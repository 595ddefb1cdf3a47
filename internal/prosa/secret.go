package prosa

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Secret is a signing key of an endpoint.
type Secret struct {
	ID        string // opaque; on some installations a version 7 UUID, which contains the time of creation
	Key       string
	ExpiredAt *time.Time // when it expires, in UTC; nil if that is unknown
}

type wireSecret struct {
	ID        string  `json:"id"`
	Key       string  `json:"key"`
	ExpiredAt *string `json:"expired_at"`
}

// secretsOf checks the keys in a response, and returns them newest first.
func (c *Client) secretsOf(wire []wireSecret) ([]Secret, error) {
	secrets := make([]Secret, 0, len(wire))
	for _, w := range wire {
		if anyBlank(w.ID) || w.Key == "" {
			return nil, errors.New(`a secret in it has no "id" or no "key"`)
		}
		s := Secret{ID: w.ID, Key: w.Key}
		if w.ExpiredAt != nil {
			at, err := c.time("expired_at", w.ExpiredAt)
			if err != nil {
				return nil, err
			}
			s.ExpiredAt = &at.Time
		}
		secrets = append(secrets, s)
	}
	sortByAge(secrets)
	return secrets, nil
}

// sortByAge sorts keys, given in the API's order, newest first. A key without expiry is newer than one with expiry. Among
// keys that are equal in this, version 7 ids sort by their time, and come before other ids, of which the last is the
// newest.
func sortByAge(secrets []Secret) {
	slices.Reverse(secrets)
	slices.SortStableFunc(secrets, func(a, b Secret) int {
		switch {
		case a.ExpiredAt == nil && b.ExpiredAt != nil:
			return -1
		case a.ExpiredAt != nil && b.ExpiredAt == nil:
			return 1
		}
		return strings.Compare(timedID(b.ID), timedID(a.ID))
	})
}

// timedID returns a version 7 id in a form that sorts by time. For other ids, it returns "".
func timedID(id string) string {
	if parsed, err := uuid.Parse(id); err == nil && parsed.Version() == 7 {
		return parsed.String()
	}
	return ""
}

// without returns the secrets whose ids others does not contain.
func without(secrets, others []Secret) []Secret {
	return slices.DeleteFunc(slices.Clone(secrets), func(s Secret) bool {
		return slices.ContainsFunc(others, func(o Secret) bool { return o.ID == s.ID })
	})
}

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
	ID        string // opaque; a version 7 UUID where installations number keys in order of time
	Key       string
	ExpiredAt *time.Time // when it stops working, in UTC; nil while that is not known
}

type wireSecret struct {
	ID        string  `json:"id"`
	Key       string  `json:"key"`
	ExpiredAt *string `json:"expired_at"`
}

// secretsOf checks keys as the API sent them, and puts the newest first.
func (c *Client) secretsOf(wire []wireSecret) ([]Secret, error) {
	secrets := make([]Secret, 0, len(wire))
	for _, w := range wire {
		if blank(w.ID) || w.Key == "" {
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
	return newestFirst(secrets), nil
}

// newestFirst orders keys as the API listed them by age. A key without an end is newer than one that has been rotated
// out; within each of these the ids of version 7 tell the time, the latest first; of others, the last listed is the newest.
func newestFirst(listed []Secret) []Secret {
	secrets := slices.Clone(listed)
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
	return secrets
}

// timedID is an id in a form that sorts by time; empty for an id that does not.
func timedID(id string) string {
	if parsed, err := uuid.Parse(id); err == nil && parsed.Version() == 7 {
		return parsed.String()
	}
	return ""
}

// without returns the secrets whose ids are not among the others'.
func without(secrets, others []Secret) []Secret {
	return slices.DeleteFunc(slices.Clone(secrets), func(s Secret) bool {
		return slices.ContainsFunc(others, func(o Secret) bool { return o.ID == s.ID })
	})
}

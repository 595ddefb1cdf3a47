package prosa

import (
	"context"
	"errors"
	"math"
	"net/http"
	"time"
)

// Period is how long older keys stay active after a rotation, in whole days and hours.
type Period struct {
	Days  int64 `json:"days"`
	Hours int64 `json:"hours"`
}

// Duration is the period as a length of time; one beyond 292 years is cut off there.
func (p Period) Duration() time.Duration {
	const most = int64(math.MaxInt64 / time.Hour)
	if p.Days > most/24 || p.Hours > most-p.Days*24 {
		return math.MaxInt64
	}
	return time.Duration(p.Days)*24*time.Hour + time.Duration(p.Hours)*time.Hour
}

// Rotation is what RotateSecret did.
type Rotation struct {
	Secret Secret    // the new key
	At     time.Time // when it was made, by this client's clock, in UTC and whole seconds
	// PreviousExpireAt is when the last of the older keys stops working; nil when there was none.
	PreviousExpireAt *time.Time
	Active           []Secret // every active key after it, newest first
}

type wireRotation struct {
	RotationPeriod Period `json:"rotation_period"`
}

// RotateSecret adds exactly one key to an endpoint; the older ones stay active for the period. When it cannot know
// whether the API did it, it compares the keys with those before; an *Error that is Undecided says that this stayed
// open. Rotations of one endpoint take turns.
//
// POST /webhooks/endpoints/{endpoint_id}/secret
func (c *Client) RotateSecret(ctx context.Context, endpointID string, period Period) (Rotation, error) {
	key := "rotate " + canonicalOr(endpointID)
	release, err := c.turns.take(ctx, key)
	if err != nil {
		return Rotation{}, err
	}
	defer release()
	defer c.wrote()()
	before, err := c.GetEndpoint(ctx, endpointID)
	if err != nil {
		return Rotation{}, err
	}
	after, err := exactlyOnce(ctx, c, key, func(ctx context.Context) (Endpoint, error) {
		return c.postRotation(ctx, endpointID, period, before.Secrets)
	}, func(ctx context.Context) (Endpoint, bool, error) {
		e, err := c.GetEndpoint(ctx, endpointID)
		if err == nil && (before.Secrets == nil || e.Secrets == nil) {
			err = errors.New("the API does not list the keys, so they cannot be compared")
		}
		return e, err == nil && len(without(e.Secrets, before.Secrets)) > 0, err
	})
	if err != nil {
		return Rotation{}, err
	}
	return describeRotation(before.Secrets, after.Secrets, period, c.config.Now()), nil
}

func (c *Client) postRotation(ctx context.Context, endpointID string, period Period, before []Secret) (Endpoint, error) {
	r := &request{
		operation: "rotate the signing key of the webhook endpoint",
		method:    http.MethodPost,
		path:      endpointPath(endpointID, "secret"),
		body:      wireRotation{RotationPeriod: period},
	}
	return c.askForEndpointThat(ctx, endpointID, r, func(e Endpoint) error {
		if len(without(e.Secrets, before)) == 0 {
			return errors.New("it has no key that was not there before")
		}
		return nil
	})
}

// describeRotation tells the new key from the older ones. When others rotated at the same time, the newest counts.
func describeRotation(before, after []Secret, period Period, now time.Time) Rotation {
	r := Rotation{Secret: without(after, before)[0], At: now.UTC().Truncate(time.Second), Active: after}
	older := without(after, []Secret{r.Secret})
	if len(before) == 0 && len(older) == 0 {
		return r
	}
	byPeriod := r.At.Add(period.Duration())
	var last time.Time
	for _, secret := range older {
		end := byPeriod
		if secret.ExpiredAt != nil {
			end = *secret.ExpiredAt
		}
		if end.After(last) {
			last = end
		}
	}
	if last.IsZero() {
		last = byPeriod
	}
	r.PreviousExpireAt = &last
	return r
}

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

// RotateSecret adds exactly one key to an endpoint; the older ones stay active for the period. If the response is lost,
// it compares the keys with those before. The error is an *Error that is Undecided if it cannot tell whether the API
// added one. Rotations of one endpoint follow each other.
//
// POST /webhooks/endpoints/{endpoint_id}/secret
func (c *Client) RotateSecret(ctx context.Context, endpointID string, period Period) (Rotation, error) {
	key := "rotate " + endpointID
	unlock, err := c.locks.lock(ctx, key)
	if err != nil {
		return Rotation{}, err
	}
	defer unlock()
	ctx = c.begin(ctx, operationLimit)
	defer c.beginWrite()()

	turn := &rotation{client: c, endpointID: endpointID, period: period}
	after, err := exactlyOnce(ctx, c, onceOnly[Endpoint]{key: key, send: turn.post, find: turn.find})
	if err != nil {
		return Rotation{}, err
	}
	return describeRotation(turn.before, after.Secrets, period, c.config.Now()), nil
}

// rotation is one rotation, with all its attempts.
type rotation struct {
	client     *Client
	endpointID string
	period     Period
	before     []Secret // the keys before the first attempt that may have taken effect
	asked      time.Time
	sent       bool
}

// takeBaseline makes sure that before is up to date when the POST leaves. Once a POST may have taken effect, the keys
// before it stay what they are.
func (n *rotation) takeBaseline(ctx context.Context) (preparation, error) {
	now := n.client.config.Now()
	if n.sent || !n.asked.IsZero() && now.Sub(n.asked) <= baselineAge {
		return preparation{}, nil
	}
	e, err := n.client.get(ctx, n.endpointID, true)
	n.before, n.asked = e.Secrets, now
	return preparation{sent: true, validUntil: now.Add(baselineAge)}, err
}

func (n *rotation) post(ctx context.Context) (Endpoint, error) {
	e, err := ask(ctx, n.client, &request{
		operation: "rotate the signing key of the webhook endpoint",
		method:    http.MethodPost,
		path:      endpointPath(n.endpointID, "secret"),
		body:      wireRotation{RotationPeriod: n.period},
		prepare:   n.takeBaseline,
	}, func(w wireEndpoint) (Endpoint, error) {
		e, err := n.client.endpointWithID(n.endpointID)(w)
		if err == nil && len(without(e.Secrets, n.before)) == 0 {
			err = errors.New("it has no key that was not there before")
		}
		return e, err
	})
	if failure := As(err); failure != nil && failure.MayBeDone() {
		n.sent = true
	}
	return e, err
}

// find looks for the key that a lost POST may have added.
func (n *rotation) find(ctx context.Context) (Endpoint, bool, error) {
	e, err := n.client.GetEndpoint(ctx, n.endpointID)
	if err == nil && (n.before == nil || e.Secrets == nil) {
		err = errors.New("the API does not list the keys, so they cannot be compared")
	}
	return e, err == nil && len(without(e.Secrets, n.before)) > 0, err
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

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

// Duration returns the period as a time.Duration, whose maximum is 292 years.
func (p Period) Duration() time.Duration {
	const maxHours = int64(math.MaxInt64 / time.Hour)
	if p.Days > maxHours/24 || p.Hours > maxHours-p.Days*24 {
		return math.MaxInt64
	}
	return time.Duration(p.Days)*24*time.Hour + time.Duration(p.Hours)*time.Hour
}

// Rotation is the result of RotateSecret.
type Rotation struct {
	Secret Secret    // the new key
	At     time.Time // when it was created, by this client's clock, in UTC and whole seconds
	// PreviousExpireAt is when the last of the older keys expires. Nil if there were none.
	PreviousExpireAt *time.Time
	Active           []Secret // all active keys after the rotation, newest first
}

type wireRotation struct {
	RotationPeriod Period `json:"rotation_period"`
}

// RotateSecret adds exactly one key to an endpoint. The older keys stay active for the period. If the response is lost,
// RotateSecret compares the keys with those before. If it cannot tell whether the API added one, the error is an
// *Error that is Undecided. Rotations of one endpoint run one after another.
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

	ro := &rotation{client: c, endpointID: endpointID, period: period}
	after, err := c.exactlyOnce(ctx, key, ro)
	if err != nil {
		return Rotation{}, err
	}
	return describeRotation(ro.baseline, after.Secrets, period, c.config.Now()), nil
}

// rotation is one rotation, with all its attempts.
type rotation struct {
	client     *Client
	endpointID string
	period     Period
	baseline   []Secret // the keys before the first POST that may have taken effect
	baselineAt time.Time
}

// takeBaseline makes sure that the baseline is recent when the POST is sent.
func (ro *rotation) takeBaseline(ctx context.Context) (preparation, error) {
	now := ro.client.config.Now()
	if !ro.baselineAt.IsZero() && now.Sub(ro.baselineAt) <= baselineAge {
		return preparation{}, nil
	}
	e, err := ro.client.get(ctx, ro.endpointID, true)
	ro.baseline, ro.baselineAt = e.Secrets, now
	return preparation{sentRequest: true, validUntil: now.Add(baselineAge)}, err
}

func (ro *rotation) post(ctx context.Context, retry bool) (Endpoint, error) {
	r := &request{
		operation: "rotate the signing key of the webhook endpoint",
		method:    http.MethodPost,
		path:      endpointPath(ro.endpointID, "secret"),
		body:      wireRotation{RotationPeriod: ro.period},
	}
	if !retry {
		r.prepare = ro.takeBaseline
	}
	return doJSON(ctx, ro.client, r, func(w wireEndpoint) (Endpoint, error) {
		e, err := ro.client.endpointWithID(ro.endpointID)(w)
		if err == nil && len(without(e.Secrets, ro.baseline)) == 0 {
			err = errors.New("it contains no new key")
		}
		return e, err
	})
}

// find searches for the key that a POST whose response was lost may have added.
func (ro *rotation) find(ctx context.Context) (Endpoint, bool, error) {
	e, err := ro.client.GetEndpoint(ctx, ro.endpointID)
	if err == nil && (ro.baseline == nil || e.Secrets == nil) {
		err = errors.New("the API does not list the keys, so they cannot be compared")
	}
	return e, err == nil && len(without(e.Secrets, ro.baseline)) > 0, err
}

// describeRotation compares the keys before and after a rotation. The new key is the newest that was not there before.
func describeRotation(before, after []Secret, period Period, now time.Time) Rotation {
	r := Rotation{Secret: without(after, before)[0], At: now.UTC().Truncate(time.Second), Active: after}
	older := without(after, []Secret{r.Secret})
	if len(before) == 0 && len(older) == 0 {
		return r
	}
	endOfPeriod := r.At.Add(period.Duration())
	var last time.Time
	for _, secret := range older {
		expiry := endOfPeriod
		if secret.ExpiredAt != nil {
			expiry = *secret.ExpiredAt
		}
		if expiry.After(last) {
			last = expiry
		}
	}
	if len(older) == 0 {
		last = endOfPeriod
	}
	r.PreviousExpireAt = &last
	return r
}

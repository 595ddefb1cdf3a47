package prosa

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// keyIDs returns the ids of the keys of an endpoint of a sandbox, oldest first.
func keyIDs(api *sandbox.Server, id string) []string {
	e, _ := api.Endpoint(id)
	var ids []string
	for _, s := range e.Secrets {
		ids = append(ids, s.ID)
	}
	return ids
}

func secretIDs(secrets []Secret) []string {
	var ids []string
	for _, s := range secrets {
		ids = append(ids, s.ID)
	}
	return ids
}

func TestRotateHappensOnceIfAResponseIsLost(t *testing.T) {
	t.Parallel()
	for name, row := range lostResponses(sandbox.OpRotateSecret) {
		runInBubble(t, name, func(t *testing.T) {
			api := sandboxWithEndpoint()
			api.Inject(row.fault)
			c, log := newClient(t, api)
			rotation := mustRotate(t, c, idA)
			equal(t, "time", rotation.At, time.Now().UTC().Truncate(time.Second))
			time.Sleep(2 * testTimeout)
			keys := keyIDs(api, idA)
			equal(t, "keys", len(keys), 2)
			equal(t, "new key", rotation.Secret.ID, keys[1])
			equal(t, "active", secretIDs(rotation.Active), []string{keys[1], keys[0]})
			equal(t, "POSTs", log.count("POST"), row.posts)
			equal(t, "redacted", c.Redact(rotation.Secret.Key), redacted)
		})
	}
}

func TestRotateThatTimesOutIsSentOnce(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fault   sandbox.Fault
		elapsed time.Duration
		keys    int // in the end
	}{
		"not done":      {sandbox.Fault{Delay: time.Hour}, 2 * testTimeout, 1},
		"done late":     {sandbox.Fault{Delay: 3 * testTimeout, Detach: true, Do: true, Close: true}, 2 * testTimeout, 2},
		"504, not done": {sandbox.Fault{Status: 504}, testTimeout, 1},
	} {
		runInBubble(t, name, func(t *testing.T) {
			api := sandboxWithEndpoint()
			row.fault.Operation = sandbox.OpRotateSecret
			api.Inject(row.fault)
			c, log := newClient(t, api)
			start := time.Now()
			_, err := c.RotateSecret(t.Context(), idA, threeDays)
			asUndecided(t, err)
			equal(t, "elapsed", time.Since(start), row.elapsed)
			time.Sleep(5 * testTimeout)
			equal(t, "keys", len(keyIDs(api, idA)), row.keys)

			if _, err = c.RotateSecret(t.Context(), idA, threeDays); !errors.Is(err, ErrEarlierUndecided) {
				t.Errorf("another rotation in the same run: %v", err)
			}
			equal(t, "POSTs", log.count("POST"), 1)
		})
	}
}

func TestRotateIsNotSentForADeletedEndpoint(t *testing.T) {
	t.Parallel()
	c, log := newClient(t, &sandbox.Server{})
	_, err := c.RotateSecret(t.Context(), idA, threeDays)
	equal(t, "deleted", IsEndpointDeleted(err), true)
	equal(t, "POSTs", log.count("POST"), 0)
}

// The baseline is read right before the POST. A key that another pipeline adds during a wait is in it, and not returned.
func TestRotateReadsItsBaselineAfterTheWait(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := sandboxWithEndpoint()
		api.Inject(sandbox.Fault{Operation: sandbox.OpRotateSecret, Status: 429, Header: http.Header{"Retry-After": {"60"}}})
		api.Inject(sandbox.Fault{Operation: sandbox.OpRotateSecret, Close: true})
		time.AfterFunc(30*time.Second, func() { api.RotateSecret(idA, time.Hour) })
		c, log := newClient(t, api)
		rotation := mustRotate(t, c, idA)
		equal(t, "new key", rotation.Secret.ID, keyIDs(api, idA)[2])
		equal(t, "POSTs", log.count("POST"), 3)
	})
}

func TestRotateIgnoresAResponseWithoutANewKey(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{}
		e := hook(hookParams)
		e.ID, e.Secrets = idA, []sandbox.Secret{{ID: secretIDA, Key: keyA}}
		api.AddEndpoint(e)
		api.Inject(sandbox.Fault{Operation: sandbox.OpRotateSecret, Do: true, Body: detailJSON})
		c, log := newClient(t, api)
		rotation := mustRotate(t, c, idA)
		equal(t, "new key", rotation.Secret.ID, keyIDs(api, idA)[1])
		equal(t, "POSTs", log.count("POST"), 1)
	})
}

// If the API does not list keys, the client cannot compare them, so a rotation whose response is lost stays undecided.
func TestRotateWithoutListedKeys(t *testing.T) {
	t.Parallel()
	const withoutKeys = `{"id":"` + idA + `","url":"` + hookURL + `","ssl_verification":true}`
	for name, row := range map[string]struct {
		before       string
		response     http.HandlerFunc
		afterwards   string
		undecided    bool
		previousEnds string
	}{
		"never listed":           {withoutKeys, hangUp, withoutKeys, true, ""},
		"listed only later":      {withoutKeys, hangUp, detailJSON, true, ""},
		"listed only before":     {detailJSON, hangUp, withoutKeys, true, ""},
		"null":                   {`{"secrets":null,` + withoutKeys[1:], hangUp, detailJSON, true, ""},
		"not in the response":    {withoutKeys, reply(200, withoutKeys), withoutKeys, true, ""},
		"only in the response":   {withoutKeys, reply(200, rotatedJSON), "", false, "2030-01-05 03:04:05 +0000 UTC"},
		"in response and before": {detailJSON, reply(200, rotatedJSON), "", false, "2030-01-05 03:04:05 +0000 UTC"},
	} {
		runInBubble(t, name, func(t *testing.T) {
			c, log := newClient(t, firstThen(1, reply(200, row.before), firstThen(1, row.response, reply(200, row.afterwards))))
			rotation, err := c.RotateSecret(t.Context(), idA, threeDays)
			equal(t, "POSTs", log.count("POST"), 1)
			if row.undecided {
				asUndecided(t, err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "new key", rotation.Secret.ID, secretIDB)
			equal(t, "end of the older key", rotation.PreviousExpireAt.String(), row.previousEnds)
		})
	}
}

func TestParallelRotationsWithRandomFaults(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		runInBubble(t, fmt.Sprint("seed ", seed), func(t *testing.T) {
			api := &sandbox.Server{}
			endpoints := []string{api.AddEndpoint(hook(hookParams)).ID, api.AddEndpoint(hook(hookParams)).ID}
			injectAtRandom(api, sandbox.OpRotateSecret, rand.New(rand.NewPCG(11, seed)))
			c, _ := newClient(t, api, func(c *Config) { c.MaxRetries = 50 })
			added := make([]string, 12)
			inParallel(len(added), func(n int) { added[n] = mustRotate(t, c, endpoints[n%2]).Secret.ID })
			existing := slices.Concat(keyIDs(api, endpoints[0])[1:], keyIDs(api, endpoints[1])[1:])
			slices.Sort(added)
			slices.Sort(existing)
			equal(t, "keys", added, existing)
		})
	}
}

func TestDescribeRotation(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 4, 5, 678, time.FixedZone("there", 3600))
	at := now.UTC().Truncate(time.Second)
	in := func(d time.Duration) *time.Time { end := at.Add(d); return &end }
	v7 := func(n int) string { return fmt.Sprintf("01900000-0000-7000-8000-%012d", n) }
	plain := func(n int) Secret { return Secret{ID: v7(n), Key: "k"} }
	until := func(n int, d time.Duration) Secret { return Secret{ID: v7(n), Key: "k", ExpiredAt: in(d)} }
	const day = 24 * time.Hour
	for name, row := range map[string]struct {
		before, after []Secret
		period        Period
		secret        string
		expiry        *time.Time
	}{
		"no key before":              {[]Secret{}, []Secret{plain(1)}, threeDays, v7(1), nil},
		"expiry from the API":        {[]Secret{plain(1)}, []Secret{until(1, 5*time.Hour), plain(2)}, threeDays, v7(2), in(5 * time.Hour)},
		"no expiry from the API":     {[]Secret{plain(1)}, []Secret{plain(1), plain(2)}, Period{Days: 1, Hours: 6}, v7(2), in(day + 6*time.Hour)},
		"several older keys":         {[]Secret{plain(1), plain(2)}, []Secret{until(1, time.Hour), until(2, 72*time.Hour), plain(3)}, threeDays, v7(3), in(72 * time.Hour)},
		"expiry of one of several":   {[]Secret{plain(1), plain(2)}, []Secret{until(1, time.Hour), plain(2), plain(3)}, threeDays, v7(3), in(3 * day)},
		"older key revoked at once":  {[]Secret{plain(1)}, []Secret{plain(2)}, Period{}, v7(2), in(0)},
		"unknown before, one older":  {nil, []Secret{until(1, time.Hour), plain(2)}, threeDays, v7(2), in(time.Hour)},
		"unknown before, none older": {nil, []Secret{plain(2)}, threeDays, v7(2), nil},
		"parallel rotation":          {[]Secret{plain(1)}, []Secret{until(1, time.Hour), until(2, 2*time.Hour), plain(3)}, threeDays, v7(3), in(2 * time.Hour)},
		"huge period":                {[]Secret{plain(1)}, []Secret{until(1, time.Hour), plain(2)}, Period{Days: 1 << 40}, v7(2), in(time.Hour)},
		"huge period, no expiry":     {[]Secret{plain(1)}, []Secret{plain(1), plain(2)}, Period{Days: 1 << 62, Hours: 1 << 62}, v7(2), in(1<<63 - 1)},
	} {
		sortByAge(row.after)
		got := describeRotation(row.before, row.after, row.period, now)
		equal(t, name+": new key", got.Secret.ID, row.secret)
		equal(t, name+": time", got.At, at)
		if (got.PreviousExpireAt == nil) != (row.expiry == nil) {
			t.Errorf("%s: got %v, want %v", name, got.PreviousExpireAt, row.expiry)
		} else if row.expiry != nil {
			equal(t, name+": expiry of the older keys", *got.PreviousExpireAt, *row.expiry)
		}
	}
}

func TestSortByAge(t *testing.T) {
	t.Parallel()
	end := func(hours int) *time.Time { at := time.Date(2030, 1, 1, hours, 0, 0, 0, time.UTC); return &at }
	const (
		v7a, v7b, v7c = "01900000-0000-7000-8000-000000000001", "01900000-0000-7000-8000-000000000002", "01900001-0000-7000-8000-000000000000"
		v4a, v4b      = "ffffffff-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
	)
	for name, row := range map[string]struct{ listed, want []Secret }{
		"none":                  {nil, nil},
		"version 7":             {[]Secret{{ID: v7b}, {ID: v7c}, {ID: v7a}}, []Secret{{ID: v7c}, {ID: v7b}, {ID: v7a}}},
		"version 7 with expiry": {[]Secret{{ID: v7c, ExpiredAt: end(1)}, {ID: v7a}}, []Secret{{ID: v7a}, {ID: v7c, ExpiredAt: end(1)}}},
		"version 4 with expiry": {[]Secret{{ID: v4b}, {ID: v4a, ExpiredAt: end(1)}}, []Secret{{ID: v4b}, {ID: v4a, ExpiredAt: end(1)}}},
		"several with expiry": {
			[]Secret{{ID: v7a, ExpiredAt: end(2)}, {ID: v7b, ExpiredAt: end(1)}, {ID: v7c}},
			[]Secret{{ID: v7c}, {ID: v7b, ExpiredAt: end(1)}, {ID: v7a, ExpiredAt: end(2)}},
		},
		"version 4, newest last":        {[]Secret{{ID: v4a}, {ID: v4b}}, []Secret{{ID: v4b}, {ID: v4a}}},
		"mixed versions":                {[]Secret{{ID: v7c}, {ID: v4b}, {ID: v7a}, {ID: v4a}}, []Secret{{ID: v7c}, {ID: v7a}, {ID: v4a}, {ID: v4b}}},
		"mixed versions, 4 with expiry": {[]Secret{{ID: v7b}, {ID: v7a}, {ID: v4a, ExpiredAt: end(1)}}, []Secret{{ID: v7b}, {ID: v7a}, {ID: v4a, ExpiredAt: end(1)}}},
		"mixed versions, 7 with expiry": {[]Secret{{ID: v4b}, {ID: v7c, ExpiredAt: end(1)}}, []Secret{{ID: v4b}, {ID: v7c, ExpiredAt: end(1)}}},
	} {
		sortByAge(row.listed)
		equal(t, name, secretIDs(row.listed), secretIDs(row.want))
	}
}

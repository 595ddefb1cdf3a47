package prosa

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

var threeDays = Period{Days: 3}

func keysIn(api *sandbox.Server, id string) []string {
	e, _ := api.Endpoint(id)
	var ids []string
	for _, s := range e.Secrets {
		ids = append(ids, s.ID)
	}
	return ids
}

func TestRotateIsDoneExactlyOnceWhateverResponseIsLost(t *testing.T) {
	t.Parallel()
	for name, row := range lostResponses(sandbox.OpRotateSecret) {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				api := &sandbox.Server{}
				id := api.AddEndpoint(hook(hookParams)).ID
				c, r, _ := simulate(t, apiWith(api, row.fault), withTimeout)
				rotation, err := c.RotateSecret(t.Context(), id, threeDays)
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "time", rotation.At, time.Now().UTC().Truncate(time.Second))
				time.Sleep(2 * testTimeout)
				keys := keysIn(api, id)
				equal(t, "keys", len(keys), 2)
				equal(t, "new key", rotation.Secret.ID, keys[1])
				equal(t, "active", idsOfSecrets(rotation.Active), []string{keys[1], keys[0]})
				equal(t, "POSTs", r.count("POST"), row.posts)
				equal(t, "redacted", c.Redact(rotation.Secret.Key), redacted)
			})
		})
	}
}

func idsOfSecrets(secrets []Secret) []string {
	var ids []string
	for _, s := range secrets {
		ids = append(ids, s.ID)
	}
	return ids
}

func TestRotateThatTimesOutIsSentOnce(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fault sandbox.Fault
		taken time.Duration
		keys  int
	}{
		"never done":           {sandbox.Fault{Delay: time.Hour}, 2 * testTimeout, 1},
		"done much later":      {sandbox.Fault{Delay: 3 * testTimeout, Detach: true, Do: true, Close: true}, 2 * testTimeout, 2},
		"504 without doing it": {sandbox.Fault{Status: 504}, testTimeout, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				api := &sandbox.Server{}
				id := api.AddEndpoint(hook(hookParams)).ID
				row.fault.Operation = sandbox.OpRotateSecret
				api.Inject(row.fault)
				c, r, _ := simulate(t, api.ServeHTTP, withTimeout)
				start := time.Now()
				_, err := c.RotateSecret(t.Context(), id, threeDays)
				undecided(t, err)
				equal(t, "taken", time.Since(start), row.taken)
				time.Sleep(5 * testTimeout)
				equal(t, "keys", len(keysIn(api, id)), row.keys)

				if _, err = c.RotateSecret(t.Context(), id, threeDays); !errors.Is(err, ErrEarlierUndecided) {
					t.Errorf("another rotation in the same run: %v", err)
				}
				equal(t, "POSTs", r.count("POST"), 1)
			})
		})
	}
}

func TestRotateIsNotLookedForIfItWasCertainlyNotDone(t *testing.T) {
	t.Parallel()
	for _, code := range []int{400, 403, 422, 307} {
		api := &sandbox.Server{}
		id := api.AddEndpoint(hook(hookParams)).ID
		api.Inject(sandbox.Fault{Operation: sandbox.OpRotateSecret, Status: code})
		r, server := serve(t, api.ServeHTTP)
		_, err := connect(t, server.URL+"/v2/speech").RotateSecret(t.Context(), id, threeDays)
		equal(t, "undecided", asError(t, err).Undecided, false)
		equal(t, "requests", []int{r.count("GET"), r.count("POST")}, []int{1, 1})
	}
	r, server := serve(t, (&sandbox.Server{}).ServeHTTP)
	_, err := connect(t, server.URL+"/v2/speech").RotateSecret(t.Context(), idA, threeDays)
	equal(t, "deleted", IsEndpointGone(err), true)
	equal(t, "POSTs for a deleted endpoint", r.count("POST"), 0)
}

func TestAnInterruptedRotationFindsWhatWasDone(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{
		"done": {Operation: hanging}, "not done": {Delay: time.Hour}, "during the look": {Close: true, Do: true},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				api := &sandbox.Server{}
				id := api.AddEndpoint(hook(hookParams)).ID
				fault.Operation = cmp.Or(fault.Operation, sandbox.OpRotateSecret)
				c, r, _ := simulate(t, apiWith(api, fault), withTimeout)
				rotation, err := c.RotateSecret(cancelAfter(t, 100*time.Millisecond), id, threeDays)
				equal(t, "POSTs", r.count("POST"), 1)
				if name == "not done" {
					undecided(t, err)
					if !errors.Is(err, context.Canceled) {
						t.Errorf("got %v", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "new key", rotation.Secret.ID, keysIn(api, id)[1])
			})
		})
	}
}

// The keys before a rotation are read right before the POST, also after a wait: a key that another pipeline adds during
// the wait is not taken for the new one.
func TestTheKeysAreReadAfterTheWait(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{}
		id := api.AddEndpoint(hook(hookParams)).ID
		api.Inject(sandbox.Fault{Operation: sandbox.OpRotateSecret, Status: 429, Header: http.Header{"Retry-After": {"60"}}})
		api.Inject(sandbox.Fault{Operation: sandbox.OpRotateSecret, Close: true, Times: 1})
		time.AfterFunc(30*time.Second, func() { api.RotateSecret(id, time.Hour) })
		c, r, _ := simulate(t, api.ServeHTTP, withTimeout)
		rotation, err := c.RotateSecret(t.Context(), id, threeDays)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "new key", rotation.Secret.ID, keysIn(api, id)[2])
		equal(t, "POSTs", r.count("POST"), 3)
	})
}

func TestAResponseWithoutANewKeyIsNotTaken(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{}
		e := hook(hookParams)
		e.ID, e.Secrets = idA, []sandbox.Secret{{ID: secretIDA, Key: keyA}}
		api.AddEndpoint(e)
		api.Inject(sandbox.Fault{Operation: sandbox.OpRotateSecret, Do: true, Body: detailJSON})
		c, r, _ := simulate(t, api.ServeHTTP, withTimeout)
		rotation, err := c.RotateSecret(t.Context(), idA, threeDays)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "new key", rotation.Secret.ID, keysIn(api, idA)[1])
		equal(t, "POSTs", r.count("POST"), 1)
	})
}

// An installation that does not list keys gives nothing to compare: a lost response must stay undecided.
func TestARotationThatCannotBeLookedForIsNotResent(t *testing.T) {
	t.Parallel()
	const hidden = `{"id":"` + idA + `","url":"` + hookURL + `","ssl_verification":true}`
	for name, answers := range map[string][3]httpHandler{
		"never listed":         {reply(200, hidden), hangUp, reply(200, hidden)},
		"listed only later":    {reply(200, hidden), hangUp, reply(200, detailJSON)},
		"listed only earlier":  {reply(200, detailJSON), hangUp, reply(200, hidden)},
		"null":                 {reply(200, `{"secrets":null,`+hidden[1:]), hangUp, reply(200, detailJSON)},
		"nothing in an answer": {reply(200, hidden), reply(200, hidden), reply(200, hidden)},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				n := 0
				c, r, _ := simulate(t, func(w httpWriter, r *httpRequest) {
					answer := answers[min(n, 2)]
					n++
					answer(w, r)
				}, withTimeout)
				_, err := c.RotateSecret(t.Context(), idA, threeDays)
				undecided(t, err)
				equal(t, "POSTs", r.count("POST"), 1)
			})
		})
	}
	_, server := serve(t, script(t, reply(200, hidden), reply(200, rotatedJSON)))
	rotation, err := connect(t, server.URL).RotateSecret(t.Context(), idA, threeDays)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "new key", rotation.Secret.ID, secretIDB)
	if rotation.PreviousExpireAt == nil || rotation.PreviousExpireAt.Format(time.RFC3339) != "2030-01-05T03:04:05Z" {
		t.Errorf("the older key ends at %v", rotation.PreviousExpireAt)
	}
}

func TestRotationsOfOneEndpointFollowEachOther(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				api := &sandbox.Server{}
				endpoints := []string{api.AddEndpoint(hook(hookParams)).ID, api.AddEndpoint(hook(hookParams)).ID}
				injectAtRandom(api, sandbox.OpRotateSecret, rand.New(rand.NewPCG(11, seed)))
				c, _, _ := simulate(t, api.ServeHTTP, withTimeout, func(c *Config) { c.MaxRetries = 50 })
				var (
					all sync.WaitGroup
					mu  sync.Mutex
					got = map[string][]string{}
				)
				for n := range 12 {
					id := endpoints[n%2]
					all.Go(func() {
						rotation, err := c.RotateSecret(t.Context(), id, threeDays)
						if err != nil {
							t.Error(err)
						}
						mu.Lock()
						defer mu.Unlock()
						got[id] = append(got[id], rotation.Secret.ID)
					})
				}
				all.Wait()
				for _, id := range endpoints {
					equal(t, "keys", got[id], keysIn(api, id)[1:])
				}
			})
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
		ends          *time.Time
	}{
		"none before":                     {[]Secret{}, []Secret{plain(1)}, threeDays, v7(1), nil},
		"as the API says":                 {[]Secret{plain(1)}, []Secret{until(1, 5*time.Hour), plain(2)}, threeDays, v7(2), in(5 * time.Hour)},
		"the API does not say":            {[]Secret{plain(1)}, []Secret{plain(1), plain(2)}, Period{Days: 1, Hours: 6}, v7(2), in(day + 6*time.Hour)},
		"the last of several":             {[]Secret{plain(1), plain(2)}, []Secret{until(1, time.Hour), until(2, 72*time.Hour), plain(3)}, threeDays, v7(3), in(72 * time.Hour)},
		"said for one of several":         {[]Secret{plain(1), plain(2)}, []Secret{until(1, time.Hour), plain(2), plain(3)}, threeDays, v7(3), in(3 * day)},
		"one before, gone at once":        {[]Secret{plain(1)}, []Secret{plain(2)}, Period{}, v7(2), in(0)},
		"unknown before, some after":      {nil, []Secret{until(1, time.Hour), plain(2)}, threeDays, v7(2), in(time.Hour)},
		"unknown before, none after":      {nil, []Secret{plain(2)}, threeDays, v7(2), nil},
		"somebody else rotated as well":   {[]Secret{plain(1)}, []Secret{until(1, time.Hour), until(2, 2*time.Hour), plain(3)}, threeDays, v7(3), in(2 * time.Hour)},
		"a period beyond any clock":       {[]Secret{plain(1)}, []Secret{until(1, time.Hour), plain(2)}, Period{Days: 1 << 40}, v7(2), in(time.Hour)},
		"the same, and the API says none": {[]Secret{plain(1)}, []Secret{plain(1), plain(2)}, Period{Days: 1 << 62, Hours: 1 << 62}, v7(2), in(1<<63 - 1)},
	} {
		got := describeRotation(row.before, newestFirst(row.after), row.period, now)
		equal(t, name+": new", got.Secret.ID, row.secret)
		equal(t, name+": at", got.At, at)
		if (got.PreviousExpireAt == nil) != (row.ends == nil) {
			t.Errorf("%s: got %v, want %v", name, got.PreviousExpireAt, row.ends)
		} else if row.ends != nil {
			equal(t, name+": older keys end", *got.PreviousExpireAt, *row.ends)
		}
	}
}

func TestNewestFirst(t *testing.T) {
	t.Parallel()
	end := func(hours int) *time.Time { at := time.Date(2030, 1, 1, hours, 0, 0, 0, time.UTC); return &at }
	const (
		v7a, v7b, v7c = "01900000-0000-7000-8000-000000000001", "01900000-0000-7000-8000-000000000002", "01900001-0000-7000-8000-000000000000"
		v4a, v4b      = "ffffffff-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
	)
	for name, row := range map[string]struct{ listed, want []Secret }{
		"none":                           {nil, nil},
		"one":                            {[]Secret{{ID: v4a}}, []Secret{{ID: v4a}}},
		"by time, newest last":           {[]Secret{{ID: v7a}, {ID: v7b}, {ID: v7c}}, []Secret{{ID: v7c}, {ID: v7b}, {ID: v7a}}},
		"by time, newest first":          {[]Secret{{ID: v7c}, {ID: v7b}, {ID: v7a}}, []Secret{{ID: v7c}, {ID: v7b}, {ID: v7a}}},
		"by time, mixed up":              {[]Secret{{ID: v7b}, {ID: v7c}, {ID: v7a}}, []Secret{{ID: v7c}, {ID: v7b}, {ID: v7a}}},
		"the end tells, whatever the id": {[]Secret{{ID: v7c, ExpiredAt: end(1)}, {ID: v7a}}, []Secret{{ID: v7a}, {ID: v7c, ExpiredAt: end(1)}}},
		"the end tells, version 4":       {[]Secret{{ID: v4b}, {ID: v4a, ExpiredAt: end(1)}}, []Secret{{ID: v4b}, {ID: v4a, ExpiredAt: end(1)}}},
		"rotated out ones by time":       {[]Secret{{ID: v7a, ExpiredAt: end(2)}, {ID: v7b, ExpiredAt: end(1)}, {ID: v7c}}, []Secret{{ID: v7c}, {ID: v7b, ExpiredAt: end(1)}, {ID: v7a, ExpiredAt: end(2)}}},
		"order only":                     {[]Secret{{ID: v4a}, {ID: v4b}}, []Secret{{ID: v4b}, {ID: v4a}}},
		"mixed versions: the time first": {[]Secret{{ID: v7c}, {ID: v4b}, {ID: v7a}, {ID: v4a}}, []Secret{{ID: v7c}, {ID: v7a}, {ID: v4a}, {ID: v4b}}},
		"an old one of version 4":        {[]Secret{{ID: v7b}, {ID: v7a}, {ID: v4a, ExpiredAt: end(1)}}, []Secret{{ID: v7b}, {ID: v7a}, {ID: v4a, ExpiredAt: end(1)}}},
		"mixed versions, one with end":   {[]Secret{{ID: v4b}, {ID: v7c, ExpiredAt: end(1)}}, []Secret{{ID: v4b}, {ID: v7c, ExpiredAt: end(1)}}},
	} {
		before := slices.Clone(row.listed)
		equal(t, name, idsOfSecrets(newestFirst(row.listed)), idsOfSecrets(row.want))
		equal(t, name+": the list itself", idsOfSecrets(row.listed), idsOfSecrets(before))
	}
}

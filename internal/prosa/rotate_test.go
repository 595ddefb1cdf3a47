package prosa

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
)

var threeDays = Period{Days: 3}

func TestRotateIsDoneExactlyOnceWhateverBecomesOfTheAnswer(t *testing.T) {
	t.Parallel()
	type row struct {
		fault fault
		posts int
	}
	rows := map[string]row{
		"good":                    {nil, 1},
		"429":                     {throttling, 2},
		"stalled, done meanwhile": {stalling(0), 1},
		"stalled, done late":      {stalling(testTimeout + 4*time.Second), 1},
		"504 after doing it":      {failing(504, true), 1},
	}
	for _, code := range []int{500, 502, 503} {
		rows[fmt.Sprint(code, " before doing it")] = row{failing(code, false), 2}
		rows[fmt.Sprint(code, " after doing it")] = row{failing(code, true), 1}
	}
	for name, f := range map[string]func(bool) fault{"closed": closing, "cut off": truncating, "a page": garbling} {
		rows[name+" before doing it"] = row{f(false), 2}
		rows[name+" after doing it"] = row{f(true), 1}
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a := &account{fault: first(row.fault)}
				id := a.add(hookParams, "")
				c, r, _ := simulate(t, a.ServeHTTP, withTimeout)
				rotation, err := c.RotateSecret(t.Context(), id, threeDays)
				if err != nil {
					t.Fatal(err)
				}
				keys := a.keysOf(id)
				equal(t, "keys", len(keys), 2)
				equal(t, "new key", []string{rotation.Secret.ID, rotation.Secret.Key}, []string{keys[1], "key-" + keys[1]})
				equal(t, "active", idsOfSecrets(rotation.Active), []string{keys[1], keys[0]})
				equal(t, "POSTs", r.count("POST"), row.posts)
				equal(t, "time", rotation.At, time.Now().UTC().Truncate(time.Second))
				equal(t, "redacted", c.Redact("key-"+keys[1]), redacted)
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

func TestRotateThatStaysOpenIsSentOnceAndSaidToBeUndecided(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fault fault
		taken time.Duration
		keys  int
	}{
		"never done":           {stalling(-1), 2 * testTimeout, 1},
		"done much later":      {stalling(3 * testTimeout), 2 * testTimeout, 2},
		"504 without doing it": {failing(504, false), testTimeout, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a := &account{fault: first(row.fault)}
				id := a.add(hookParams, "")
				c, r, _ := simulate(t, a.ServeHTTP, withTimeout)
				start := time.Now()
				_, err := c.RotateSecret(t.Context(), id, threeDays)
				undecided(t, err)
				equal(t, "taken", time.Since(start), row.taken)
				equal(t, "POSTs", r.count("POST"), 1)
				time.Sleep(5 * testTimeout)
				equal(t, "keys", len(a.keysOf(id)), row.keys)

				a.fault = func(n int, _ string) fault {
					if n == 2 {
						return closing(true)
					}
					return nil
				}
				_, err = c.RotateSecret(t.Context(), id, threeDays)
				undecided(t, err) // the key could be that of the first one
				if _, err = c.RotateSecret(t.Context(), id, threeDays); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestRotateIsNotLookedForWhenItWasCertainlyNotDone(t *testing.T) {
	t.Parallel()
	for _, code := range []int{400, 403, 404, 422, 307} {
		a := &account{fault: func(int, string) fault { return failing(code, false) }}
		id := a.add(hookParams, "")
		r, server := serve(t, a.ServeHTTP)
		_, err := connect(t, server.URL+"/v2/speech").RotateSecret(t.Context(), id, threeDays)
		equal(t, "undecided", asError(t, err).Undecided, false)
		equal(t, "requests", []int{r.count("GET"), r.count("POST")}, []int{1, 1})
	}
	a := &account{}
	r, server := serve(t, a.ServeHTTP)
	_, err := connect(t, server.URL+"/v2/speech").RotateSecret(t.Context(), idA, threeDays)
	if !IsEndpointGone(err) {
		t.Errorf("got %v", err)
	}
	equal(t, "POSTs for an endpoint that is gone", r.count("POST"), 0)
}

func TestAnInterruptedRotationFindsWhatWasDone(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]fault{"done": stalling(0), "not done": stalling(-1), "while it is looked for": closing(true)} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a := &account{fault: first(f)}
				id := a.add(hookParams, "")
				c, r, _ := simulate(t, a.ServeHTTP, withTimeout)
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
				equal(t, "new key", rotation.Secret.ID, a.keysOf(id)[1])
			})
		})
	}
}

func TestAnAnswerWithoutANewKeyIsNotTaken(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a := &account{}
		id := a.add(hookParams, "")
		answer := asText(a.endpoints[0])
		a.fault = first(func(w httpWriter, r *httpRequest, work func() string) {
			work()
			reply(200, answer)(w, r)
		})
		c, r, _ := simulate(t, a.ServeHTTP)
		rotation, err := c.RotateSecret(t.Context(), id, threeDays)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "new key", rotation.Secret.ID, a.keysOf(id)[1])
		equal(t, "POSTs", r.count("POST"), 1)
	})
}

// An installation that does not list keys gives nothing to compare: a lost answer must stay open.
func TestARotationThatCannotBeLookedForIsNotSentAgain(t *testing.T) {
	t.Parallel()
	const hidden = `{"id":"` + idA + `","url":"` + hookURL + `","ssl_verification":true}`
	for name, answers := range map[string][]httpHandler{
		"never listed":         {reply(200, hidden), hangUp, reply(200, hidden)},
		"listed only later":    {reply(200, hidden), hangUp, reply(200, detailJSON)},
		"listed only earlier":  {reply(200, detailJSON), hangUp, reply(200, hidden)},
		"null":                 {reply(200, `{"secrets":null,`+hidden[1:]), hangUp, reply(200, detailJSON)},
		"nothing in an answer": {reply(200, hidden), reply(200, hidden), reply(200, hidden)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, server := serve(t, script(t, append(answers, answers[2])...)) // it is looked at twice
			_, err := connect(t, server.URL).RotateSecret(t.Context(), idA, threeDays)
			undecided(t, err)
			equal(t, "POSTs", r.count("POST"), 1)
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

func TestRotationsOfOneEndpointTakeTurns(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(11, seed))
				faults := []fault{
					nil, closing(true), closing(false), failing(500, true), failing(502, false), truncating(true), garbling(false),
					stalling(0), stalling(testTimeout + time.Second), throttling,
				}
				a := &account{fault: func(int, string) fault { return faults[random.IntN(len(faults))] }}
				endpoints := []string{a.add(hookParams, ""), a.add(hookParams, "")}
				c, _, _ := simulate(t, a.ServeHTTP, withTimeout, func(c *Config) { c.MaxRetries = 50 })
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
					equal(t, "keys", got[id], a.keysOf(id)[1:])
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

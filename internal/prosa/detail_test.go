package prosa

import (
	"path"
	"strings"
	"testing"
	"time"
)

func TestADetailIsKeptWhileOthersAreRead(t *testing.T) {
	t.Parallel()
	clock, takes := newClock(), time.Duration(0)
	r, server := serve(t, func(w httpWriter, r *httpRequest) {
		clock.advance(takes)
		reply(200, strings.ReplaceAll(detailJSON, idA, path.Base(r.RequestURI)))(w, r)
	})
	c := connect(t, server.URL, func(c *Config) { c.Now = clock.Now })
	read := func(id string) {
		t.Helper()
		if _, err := c.ReadEndpoint(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	read(idA)
	for range 10 {
		clock.advance(3 * time.Second)
		read(idB)
	}
	equal(t, "requests", r.count(""), 2)
	read(idA)
	equal(t, "requests after half a minute", r.count(""), 2)
	clock.advance(1)
	read(idA)
	equal(t, "requests after more", r.count(""), 3)

	clock.advance(time.Hour)
	takes = 10 * time.Second
	read(idA)
	read(idA)
	equal(t, "requests of an API that is slow", r.count(""), 4)
}

package sandbox

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestOrderedIDs(t *testing.T) {
	t.Parallel()
	var source ids
	// The time in an id of the reference page, 063c6473-fa0c-79b7-8000-760e63e5b4f7.
	at := time.Unix(0x063c6473f, (0xa0c9b7*int64(time.Second))>>24+1)
	last := source.ordered(at)
	if last[:24] != "063c6473-fa0c-79b7-8000-" {
		t.Errorf("%s does not have the layout of the reference", last)
	}
	// A clock that stops until the counter overflows, goes back, and then advances a little.
	for i := range 50_000 {
		now := at
		switch {
		case i > 40_000:
			now = at.Add(time.Microsecond)
		case i > 20_000:
			now = at.Add(-time.Hour)
		}
		next := source.ordered(now)
		if next <= last {
			t.Fatalf("%s follows %s", next, last)
		}
		if id, err := uuid.Parse(next); err != nil || id.Version() != 7 || id.Variant() != uuid.RFC4122 {
			t.Fatalf("%s is no version 7 UUID", next)
		}
		last = next
	}
	if next := source.ordered(at.Add(time.Second)); next[:8] != "063c6474" {
		t.Errorf("%s does not have the time in it", next)
	}
}

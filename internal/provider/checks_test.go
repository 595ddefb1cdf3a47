package provider_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const day = 24 * time.Hour

func equal(got, want string) error {
	if got != want {
		return fmt.Errorf("it is %q, want %q", got, want)
	}
	return nil
}

func expectObject(t *testing.T, name string, got, want acctest.Object) {
	t.Helper()
	for attribute := range want {
		if !reflect.DeepEqual(got[attribute], want[attribute]) {
			t.Errorf("%s: %s is %v, want %v", name, attribute, got[attribute], want[attribute])
		}
	}
}

// quietWithSecrets are for cases that store keys. OpenTofu before 1.10.3 shows an empty change right after an apply
// that stored a sensitive value in a list, in plans without a refresh only: each step makes one.
func quietWithSecrets() []tfversion.TerraformVersionCheck {
	return []tfversion.TerraformVersionCheck{acctest.OnOpenTofu(tfversion.SkipBelow(tfversion.Version1_11_0))}
}

// lazyList is a list whose elements are known only when it is checked.
type lazyList func() []knownvalue.Check

func (l lazyList) CheckValue(value any) error { return knownvalue.ListExact(l()).CheckValue(value) }

func (l lazyList) String() string { return knownvalue.ListExact(l()).String() }

// lazyText is a string that is known only when it is checked.
func lazyText(want func() string) knownvalue.Check {
	return knownvalue.StringFunc(func(got string) error { return equal(got, want()) })
}

// secret is a signing key as endpoints show it.
func secret(s sandbox.Secret) knownvalue.Check {
	end := knownvalue.Check(knownvalue.Null())
	if s.ExpiredAt != nil {
		end = instant(*s.ExpiredAt)
	}
	return knownvalue.ObjectExact(map[string]knownvalue.Check{
		"id": knownvalue.StringExact(s.ID), "key": knownvalue.StringExact(s.Key), "expired_at": end,
	})
}

// instant is a time of the sandbox as the provider shows it.
func instant(want time.Time) knownvalue.Check { return knownvalue.StringExact(stamp(want)) }

// stamp is RFC 3339, in UTC, with the microseconds that the API's times have.
func stamp(t time.Time) string { return t.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano) }

// near is a time in whole seconds, about that of a request: the client reads its clock when it has the answer.
func near(want func() time.Time) knownvalue.Check {
	return knownvalue.StringFunc(func(got string) error {
		at, err := time.Parse("2006-01-02T15:04:05Z", got)
		if err == nil && at.Sub(want()).Abs() > time.Minute {
			return fmt.Errorf("%s is not about %s", got, stamp(want()))
		}
		return err
	})
}

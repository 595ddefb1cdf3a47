package provider_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

const day = 24 * time.Hour

const (
	create  = plancheck.ResourceActionCreate
	update  = plancheck.ResourceActionUpdate
	replace = plancheck.ResourceActionReplace
)

func preApply(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

func expectAction(address string, action plancheck.ResourceActionType) plancheck.PlanCheck {
	return plancheck.ExpectResourceAction(address, action)
}

func attribute(address, name string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(name), value)
}

// lazyString checks a string whose expected value is computed during the check.
func lazyString(want func() string) knownvalue.Check {
	return knownvalue.StringFunc(func(got string) error {
		if got != want() {
			return fmt.Errorf("got %q, want %q", got, want())
		}
		return nil
	})
}

// expectObject compares the attributes in want, and ignores the others.
func expectObject(t *testing.T, name string, got, want acctest.Object) {
	t.Helper()
	for attribute := range want {
		if !reflect.DeepEqual(got[attribute], want[attribute]) {
			t.Errorf("%s: %s is %v, want %v", name, attribute, got[attribute], want[attribute])
		}
	}
}

// formatTime formats a time as the provider does: RFC 3339, in UTC, with the API's microseconds.
func formatTime(t time.Time) string {
	return t.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
}

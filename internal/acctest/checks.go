package acctest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// BeforeApply is a plan check for PreApply that runs a function between plan and apply.
func BeforeApply(do func()) plancheck.PlanCheck {
	return planCheck(func(plancheck.CheckPlanRequest) error {
		do()
		return nil
	})
}

// ExpectUnknown checks that exactly these attributes of a resource are wholly or partly unknown in the plan.
func ExpectUnknown(address string, attributes ...string) plancheck.PlanCheck {
	return planCheck(func(req plancheck.CheckPlanRequest) error {
		for _, change := range req.Plan.ResourceChanges {
			if change.Address != address {
				continue
			}
			var unknown []string
			after, _ := change.Change.AfterUnknown.(map[string]any)
			for name, value := range after {
				if holdsTrue(value) {
					unknown = append(unknown, name)
				}
			}
			slices.Sort(unknown)
			slices.Sort(attributes)
			if !slices.Equal(unknown, attributes) {
				return fmt.Errorf("unknown in the plan of %s: %q, want %q", address, unknown, attributes)
			}
			return nil
		}
		return fmt.Errorf("%s is not in the plan", address)
	})
}

func holdsTrue(value any) bool {
	switch value := value.(type) {
	case bool:
		return value
	case []any:
		return slices.ContainsFunc(value, holdsTrue)
	case map[string]any:
		for _, element := range value {
			if holdsTrue(element) {
				return true
			}
		}
	}
	return false
}

type planCheck func(plancheck.CheckPlanRequest) error

func (check planCheck) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	resp.Error = check(req)
}

// OnOpenTofu applies a check of the CLI's version only to OpenTofu.
func OnOpenTofu(check tfversion.TerraformVersionCheck) tfversion.TerraformVersionCheck {
	return onOpenTofu{check}
}

type onOpenTofu struct {
	check tfversion.TerraformVersionCheck
}

func (o onOpenTofu) CheckTerraformVersion(ctx context.Context, req tfversion.CheckTerraformVersionRequest, resp *tfversion.CheckTerraformVersionResponse) {
	if tested.OpenTofu {
		o.check.CheckTerraformVersion(ctx, req, resp)
	}
}

// ExpectWrites fails the test unless these are the requests that could change something, since the start or since
// ResetRequestLog: method, path and body, as in "POST /webhooks/endpoints {…}".
func (e *Env) ExpectWrites(want ...string) {
	e.T.Helper()
	var got []string
	for _, r := range e.Writes() {
		got = append(got, strings.TrimSpace(r.Method+" "+r.Path+" "+string(r.Body)))
	}
	if !slices.Equal(got, want) {
		e.T.Errorf("written:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// OnlyEndpoint returns the sandbox's only endpoint, and fails the test if there is not exactly one.
func (e *Env) OnlyEndpoint() sandbox.Endpoint {
	e.T.Helper()
	endpoints := e.Sandbox.Endpoints()
	if len(endpoints) != 1 {
		e.T.Fatalf("there should be one endpoint: %v", endpoints)
	}
	return endpoints[0]
}

// StateFile returns the state file on disk, and fails the test if there is none.
func (e *Env) StateFile() string {
	e.T.Helper()
	files, err := filepath.Glob(filepath.Join(e.folder, "work*", "terraform.tfstate"))
	if err != nil || len(files) != 1 {
		e.T.Fatalf("there should be one state file below %s: %q %v", e.folder, files, err)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		e.T.Fatal(err)
	}
	return string(content)
}

// CheckNothing is the CheckDestroy of cases that start with endpoints that Terraform does not manage and does not
// delete.
func CheckNothing(*terraform.State) error { return nil }

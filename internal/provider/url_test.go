package provider

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestURLEquality(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		one, other string
		equal      bool
	}{
		{"https://example.com/hook", "https://example.com/hook", true},
		{"https://example.com", "https://example.com/", true},
		{"HTTPS://EXAMPLE.com/hook", "https://example.COM/hook", true},
		{"https://example.com:443/hook", "https://example.com/hook", true},
		{"http://example.com:80", "http://example.com/", true},
		{"https://example.com?a=b", "https://example.com/?a=b", true},
		{"https://[::1]:443/", "https://[::1]", true},
		{"https://example.com/hook", "https://example.com/hook/", false},
		{"https://example.com/hook", "https://example.com/HOOK", false},
		{"https://example.com/", "http://example.com/", false},
		{"https://example.com:8443/", "https://example.com/", false},
		{"http://example.com:443/", "http://example.com/", false},
		{"https://example.com/?a=b", "https://example.com/?a=B", false},
		{"https://example.com/a%2Fb", "https://example.com/a/b", false},
		{"", "https://example.com/", false},
	} {
		for _, pair := range [][2]string{{c.one, c.other}, {c.other, c.one}} {
			planned := plannedURL(t.Context(), types.StringValue(pair[0]), types.StringValue(pair[1])).ValueString()
			if keeps := planned == pair[0]; keeps != (c.equal || pair[0] == pair[1]) {
				t.Errorf("%s in the state and %s in the configuration: planned %s", pair[0], pair[1], planned)
			}
		}
	}
}

func plannedURL(ctx context.Context, state, config types.String) types.String {
	resp := planmodifier.StringResponse{PlanValue: config}
	keepSpelling{}.PlanModifyString(ctx, planmodifier.StringRequest{StateValue: state, ConfigValue: config, PlanValue: config}, &resp)
	return resp.PlanValue
}

func TestURLPlanWithoutValue(t *testing.T) {
	t.Parallel()
	there := types.StringValue("https://example.com/")
	for name, c := range map[string]struct{ state, config types.String }{
		"create":  {types.StringNull(), there},
		"unknown": {there, types.StringUnknown()},
		"null":    {there, types.StringNull()},
	} {
		if got := plannedURL(t.Context(), c.state, c.config); !got.Equal(c.config) {
			t.Errorf("%s: planned %s", name, got)
		}
	}
}

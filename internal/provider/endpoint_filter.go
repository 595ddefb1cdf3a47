package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// endpointFilter holds the arguments of the data source and the list resource that select endpoints.
type endpointFilter struct {
	URLRegex  types.String `tfsdk:"url_regex"`
	EventType types.String `tfsdk:"event_type"`
}

// urlRegexAttribute is for the data source and the list resource: the schemas of both accept a data source's attribute.
func urlRegexAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		Validators:          []validator.String{regularExpression},
		MarkdownDescription: "Only endpoints whose URL matches this regular expression ([RE2](https://github.com/google/re2/wiki/Syntax)). To match the whole URL, anchor it with `^` and `$`. It applies to the URL as the API returns it.",
	}
}

// eventTypeAttribute is for the same two schemas.
func eventTypeAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		Validators:          []validator.String{notEmpty},
		MarkdownDescription: "Only endpoints that receive this event type, such as `stt.jobs.completed`. Endpoints without filters receive every type.",
	}
}

// listEndpoints returns the endpoints of the account that match a filter, sorted by URL, then id.
func (d *providerData) listEndpoints(ctx context.Context, filter endpointFilter, diags *diag.Diagnostics) []prosa.Endpoint {
	client, ok := d.api(diags)
	if !ok || diags.HasError() {
		return nil
	}
	endpoints, err := client.SharedEndpoints(ctx)
	if err != nil {
		d.fail(diags, "Unable to list the webhook endpoints", err, nil)
		return nil
	}
	return filter.selected(endpoints, diags)
}

// selected returns the matching endpoints, sorted by URL, then id. It does not modify endpoints.
func (f endpointFilter) selected(endpoints []prosa.Endpoint, diags *diag.Diagnostics) []prosa.Endpoint {
	pattern := compile(path.Root("url_regex"), f.URLRegex.ValueString(), diags) // empty matches everything
	if pattern == nil {
		return nil
	}
	var matching []prosa.Endpoint
	for _, e := range endpoints {
		if pattern.MatchString(e.URL) && (f.EventType.IsNull() || e.Receives(f.EventType.ValueString())) {
			matching = append(matching, e)
		}
	}
	slices.SortFunc(matching, func(a, b prosa.Endpoint) int {
		return cmp.Or(cmp.Compare(a.URL, b.URL), cmp.Compare(a.ID, b.ID))
	})
	return matching
}

// regularExpression accepts what the regexp package compiles.
var regularExpression stringValidator = func(at path.Path, value string, diags *diag.Diagnostics) {
	compile(at, value, diags)
}

// compile compiles a regular expression. If it is invalid, compile adds an error and returns nil.
func compile(at path.Path, text string, diags *diag.Diagnostics) *regexp.Regexp {
	pattern, err := regexp.Compile(text)
	if err == nil {
		return pattern
	}
	problem := err.Error()
	var reason *syntax.Error
	if errors.As(err, &reason) {
		problem = reason.Code.String()
		if reason.Expr != text {
			problem += fmt.Sprintf(" at %q", reason.Expr)
		}
	}
	diags.AddAttributeError(at, "Invalid "+at.String(),
		fmt.Sprintf("%q is not a regular expression: %s.\n\nUse RE2 syntax, which has no lookaheads and no backreferences, such as \"^https://[^/]+/prosa-webhook$\".", text, problem))
	return nil
}

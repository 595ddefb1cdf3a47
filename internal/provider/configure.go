package provider

import (
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

type providerModel struct {
	APIKey            types.String  `tfsdk:"api_key"`
	BaseURL           types.String  `tfsdk:"base_url"`
	Headers           types.Map     `tfsdk:"headers"`
	RequestTimeout    types.String  `tfsdk:"request_timeout"`
	MaxRetries        types.Number  `tfsdk:"max_retries"`
	RequestsPerSecond types.Float64 `tfsdk:"requests_per_second"`
	TimeZone          types.String  `tfsdk:"time_zone"`
}

func (p *prosaProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages Prosa.ai's speech webhooks: endpoints, signing keys, events and deliveries.",
		Attributes: map[string]schema.Attribute{
			"api_key": schema.StringAttribute{
				Optional: true, Sensitive: true,
				MarkdownDescription: "The API key of your Prosa account. Speech-to-text and text-to-speech have different keys: use one provider alias for each. Required, unless the environment variable `PROSA_API_KEY` is set.",
			},
			"base_url": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The URL of the API, without `/webhooks`. Must be `https`, or `http` to a loopback host. Environment variable: `PROSA_BASE_URL`. Default: `" + prosa.DefaultBaseURL + "`.",
			},
			"headers": schema.MapAttribute{
				Optional: true, Sensitive: true, ElementType: types.StringType,
				MarkdownDescription: "Extra headers to send with every request, for a gateway in front of the API. Must not contain `x-api-key`, `content-type`, `host`, `user-agent`, `idempotency-key` or `x-idempotency-key`.",
			},
			"request_timeout": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Timeout of one attempt, response body included, as a Go duration such as `30s` or `1m30s`. Environment variable: `PROSA_REQUEST_TIMEOUT`. Default: `30s`.",
			},
			"max_retries": schema.NumberAttribute{
				Optional:            true,
				MarkdownDescription: "How many times the provider retries a failed request that is safe to repeat. Waits for a rate limit (429) do not count. Environment variable: `PROSA_MAX_RETRIES`. Default: `4`.",
			},
			"requests_per_second": schema.Float64Attribute{
				Optional:            true,
				MarkdownDescription: "The maximum rate, in requests per second. Environment variable: `PROSA_REQUESTS_PER_SECOND`. Default: unlimited.",
			},
			"time_zone": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The time zone of date-times that the API sends without one, as an IANA name such as `UTC`. Environment variable: `PROSA_TIME_ZONE`. Default: `" + prosa.DefaultTimeZone + "`, the time zone of the examples in Prosa's API reference.",
			},
		},
	}
}

// providerData is what Configure passes to all resources, data sources and actions.
type providerData struct {
	client    *prosa.Client
	unknown   []string // the provider's arguments that are still unknown; if there are any, client is nil
	keySource string   // where the API key came from, for messages
	now       func() time.Time

	overlapCheckFailed     atomic.Bool  // after a failure, do not check again: a failing API must not slow down every plan
	lastRead               atomic.Int64 // when a rotation was last read, in Unix seconds; 0 before
	greatestDeletedVersion atomic.Int64 // the greatest secret_version of a rotation that was deleted
}

// api returns the client. If the provider is not configured, or only partly, api adds an error and returns false.
func (d *providerData) api(diags *diag.Diagnostics) (*prosa.Client, bool) {
	switch {
	case d == nil:
		diags.AddError("Unable to use the Prosa API", "The provider has not been configured. This is a bug in the provider: please report it.")
	case d.client == nil:
		diags.AddError("Unable to use the Prosa API",
			fmt.Sprintf("The provider must send a request now, but does not know its configuration yet: the value of %s is known only after an apply.\n\n"+
				"Set it from an input variable or an environment variable, or first apply the resource that it comes from: terraform apply -target=…", quotedList(d.unknown)))
	default:
		return d.client, true
	}
	return nil, false
}

// quotedList joins names as in `"a", "b" and "c"`. It needs at least one name.
func quotedList(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	if last := len(quoted) - 1; last > 0 {
		return strings.Join(quoted[:last], ", ") + " and " + quoted[last]
	}
	return quoted[0]
}

// settings reads the arguments of the provider and, for null ones, their environment variables.
type settings struct {
	model   providerModel
	getenv  func(string) string
	config  prosa.Config
	unknown []string
	diags   diag.Diagnostics

	keySource string
}

func (s *settings) read(ctx context.Context) {
	m := s.model
	s.config.BaseURL = prosa.DefaultBaseURL
	s.config.MaxRetries = prosa.DefaultMaxRetries
	s.readAPIKey()
	s.set("base_url", m.BaseURL, m.BaseURL.ValueString, func(text string) error {
		s.config.BaseURL = text
		if _, err := prosa.ParseBaseURL(text); err != nil {
			return fmt.Errorf("%w. Set it to the URL of the API without /webhooks, such as %s", err, prosa.DefaultBaseURL)
		}
		return nil
	})
	s.readHeaders(ctx)
	s.set("request_timeout", m.RequestTimeout, m.RequestTimeout.ValueString, func(text string) (err error) {
		s.config.RequestTimeout, err = time.ParseDuration(text)
		if err != nil || s.config.RequestTimeout <= 0 {
			return fmt.Errorf("%q is not a duration above zero. Use a number with a unit, such as 30s or 1m30s", text)
		}
		return nil
	})
	s.set("max_retries", m.MaxRetries, func() string { return m.MaxRetries.ValueBigFloat().Text('f', -1) }, func(text string) (err error) {
		s.config.MaxRetries, err = strconv.Atoi(text)
		if err != nil || s.config.MaxRetries < 0 {
			return fmt.Errorf("%q is not a whole number of at least 0, such as 4", text)
		}
		return nil
	})
	s.set("requests_per_second", m.RequestsPerSecond, func() string {
		return strconv.FormatFloat(m.RequestsPerSecond.ValueFloat64(), 'g', -1, 64)
	}, func(text string) (err error) {
		s.config.RequestsPerSecond, err = strconv.ParseFloat(text, 64)
		if err != nil || !(s.config.RequestsPerSecond > 0) || s.config.RequestsPerSecond > 1e9 { // NaN is not above 0
			return fmt.Errorf("%q is not a number above 0 and up to a billion. For no limit, remove it", text)
		}
		return nil
	})
	s.set("time_zone", m.TimeZone, m.TimeZone.ValueString, func(text string) (err error) {
		s.config.TimeZone, err = time.LoadLocation(text)
		if err != nil || text == "" || text == "Local" {
			return fmt.Errorf("%q is not an IANA time zone, such as %s or UTC", text, prosa.DefaultTimeZone)
		}
		return nil
	})
}

// set parses an argument. If it is null, set parses its environment variable instead; an empty variable counts as not set.
func (s *settings) set(name string, argument attr.Value, text func() string, parse func(string) error) {
	variable := "PROSA_" + strings.ToUpper(name)
	value, source := s.getenv(variable), fmt.Sprintf("The environment variable %s, which sets the provider's argument %q,", variable, name)
	switch {
	case argument.IsUnknown():
		s.unknown = append(s.unknown, name)
		return
	case !argument.IsNull():
		value, source = text(), fmt.Sprintf("The provider's argument %q", name)
	case value == "":
		return
	}
	if err := parse(value); err != nil {
		s.diags.AddAttributeError(path.Root(name), "Invalid "+name, fmt.Sprintf("%s cannot be used: %s.", source, err))
	}
}

func (s *settings) readAPIKey() {
	argument := s.model.APIKey
	if argument.ValueString() == "" && !argument.IsUnknown() {
		argument = types.StringNull() // an empty argument counts as missing
	}
	s.set("api_key", argument, argument.ValueString, func(key string) error {
		s.config.APIKey = key
		s.keySource = `the provider's argument "api_key"`
		if argument.IsNull() {
			s.keySource = "the environment variable PROSA_API_KEY"
		}
		if err := prosa.CheckAPIKey(key); err != nil {
			return fmt.Errorf("%w. A key that was read from a file often ends in a line break: remove it with trimspace", err)
		}
		return nil
	})
}

func (s *settings) readHeaders(ctx context.Context) {
	if !fullyKnown(ctx, s.model.Headers) {
		s.unknown = append(s.unknown, "headers")
	}
	s.config.Headers = map[string]string{}
	elements, spellings := s.model.Headers.Elements(), map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(elements)) {
		value, _ := elements[name].(types.String)
		reject := func(format string, args ...any) {
			s.diags.AddAttributeError(path.Root("headers").AtMapKey(name), "Invalid headers", fmt.Sprintf(format, args...))
		}
		switch {
		case value.IsUnknown():
			continue
		case value.IsNull():
			reject("The header %q is null. Set a value, or remove the header.", name)
			continue
		}
		if err := prosa.CheckHeader(name, value.ValueString()); err != nil {
			reject("The provider's argument \"headers\" cannot be used: %s. Correct the header, or remove it.", err)
		}
		if other, twice := spellings[strings.ToLower(name)]; twice {
			reject("The headers %q and %q are the same, because header names are not case-sensitive. Remove one of them.", min(name, other), max(name, other))
		}
		spellings[strings.ToLower(name)] = name
		s.config.Headers[name] = value.ValueString()
	}
}

// ValidateConfig checks the provider block. It uses neither the environment nor the network.
func (p *prosaProvider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	s := settings{getenv: func(string) string { return "" }}
	resp.Diagnostics.Append(req.Config.Get(ctx, &s.model)...)
	if !resp.Diagnostics.HasError() {
		s.read(ctx)
		resp.Diagnostics.Append(s.diags...)
	}
}

// Configure creates the client. It sends no request.
func (p *prosaProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	s := settings{getenv: p.options.Getenv}
	resp.Diagnostics.Append(req.Config.Get(ctx, &s.model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	s.read(ctx)
	if s.config.APIKey == "" && !s.model.APIKey.IsUnknown() {
		s.diags.AddAttributeError(path.Root("api_key"), "Missing API key",
			"The provider needs the API key of your Prosa account. Set the environment variable PROSA_API_KEY, or the argument \"api_key\" in the provider block (from a variable, not as plain text).")
	}
	resp.Diagnostics.Append(s.diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	data := &providerData{unknown: s.unknown, keySource: s.keySource, now: p.options.Now}
	if len(s.unknown) == 0 {
		var err error
		if data.client, err = p.newClient(s.config, req.TerraformVersion); err != nil {
			resp.Diagnostics.AddError("Unable to configure the provider", fmt.Sprintf("%s. This is a bug in the provider: please report it.", sentence(err.Error())))
			return
		}
	}
	resp.ResourceData = data
	resp.DataSourceData = data
	resp.EphemeralResourceData = data
	resp.ActionData = data
	resp.ListResourceData = data
}

func (p *prosaProvider) newClient(config prosa.Config, terraformVersion string) (*prosa.Client, error) {
	config.UserAgent = p.userAgent(terraformVersion)
	config.Now = p.options.Now
	config.Log = func(ctx context.Context, message string, fields map[string]any) { tflog.Debug(ctx, message, fields) }
	if p.options.Client != nil {
		p.options.Client(&config)
	}
	return prosa.New(config)
}

// userAgent has the same form as in HashiCorp's own providers, and ends in TF_APPEND_USER_AGENT.
func (p *prosaProvider) userAgent(terraformVersion string) string {
	agent := fmt.Sprintf("Terraform/%s (+https://www.terraform.io) Terraform-Plugin-Framework%s terraform-provider-prosa/%s", terraformVersion, frameworkVersion(), p.version)
	appended := strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, p.options.Getenv("TF_APPEND_USER_AGENT")))
	if appended != "" {
		agent += " " + appended
	}
	return agent
}

func frameworkVersion() string {
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return ""
	}
	for _, dependency := range info.Deps {
		if dependency.Path == "github.com/hashicorp/terraform-plugin-framework" {
			return "/" + strings.TrimPrefix(dependency.Version, "v")
		}
	}
	return ""
}

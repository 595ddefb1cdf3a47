package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// attributes maps fields of the API, such as "url" or "rotation_period.days", to attributes.
type attributes map[string]path.Path

// fail adds an error for a failed request: what happened, and what to do. If the API rejected a value, or an id does not
// exist, the error is on that attribute.
func (d *providerData) fail(diags *diag.Diagnostics, summary string, err error, at attributes) {
	e := prosa.As(err)
	if e == nil {
		reason := sentence(err.Error())
		advice := "Nothing was changed. Try again."
		switch {
		case errors.Is(err, context.Canceled):
			reason = "The operation was interrupted before it sent anything"
		case errors.Is(err, prosa.ErrEarlierUndecided):
			advice = "Nothing was sent. First check whether the earlier request took effect, as its own error explains. Then run this again."
		}
		diags.AddError(summary, reason+".\n\n"+advice)
		return
	}
	if len(e.Fields) > 0 && d.failFields(diags, summary, e, at) {
		return
	}
	detail := describeFailure(e) + "."
	if advice := d.advice(e, at); advice != "" {
		detail += "\n\n" + advice
	}
	if attribute, ok := at[notFoundFields[e.Status]]; ok && prosa.IsNotFound(err) {
		diags.AddAttributeError(attribute, summary, detail)
		return
	}
	diags.AddError(summary, detail)
}

// describeFailure says which request failed and why, without a full stop.
func describeFailure(e *prosa.Error) string {
	return fmt.Sprintf("%s %s: %s", e.Method, e.URL, strings.TrimSuffix(e.Reason(), "."))
}

// notFoundFields maps the status of a 404 to the field that holds the id.
var notFoundFields = map[string]string{
	prosa.StatusEndpointNotFound: "endpoint_id",
	prosa.StatusEventNotFound:    "event_id",
	prosa.StatusDeliveryNotFound: "delivery_id",
}

// failFields reports rejected values on their attributes. It returns true if all of them have an attribute in at.
func (d *providerData) failFields(diags *diag.Diagnostics, summary string, e *prosa.Error, at attributes) (all bool) {
	all = true
	for _, field := range e.Fields {
		attribute, ok := at.of(field.Location)
		if !ok {
			all = false
			continue
		}
		diags.AddAttributeError(attribute, summary, fmt.Sprintf("The API rejects this value: %s.\n\nCorrect the value and run this again.", strings.TrimSuffix(field.Message, ".")))
	}
	return all
}

// of returns the most specific attribute for a location such as ["body", "event_filters", "0"].
func (at attributes) of(location []string) (path.Path, bool) {
	for end := len(location); end > 1; end-- {
		if attribute, ok := at[strings.Join(location[1:end], ".")]; ok {
			return attribute, true
		}
	}
	return path.Empty(), false
}

// advice tells the user what to do about an error. at are the attributes of the resource or data source.
func (d *providerData) advice(e *prosa.Error, at attributes) string {
	_, hasDates := at["from_date"]
	switch {
	case errors.Is(e, context.Canceled):
		return "Run this again. It continues from what Prosa has by then."
	case e.KeyRefused():
		return fmt.Sprintf("The API rejects the API key, which came from %s. Check that it is a key for %s: speech-to-text and text-to-speech have different keys, and so have other installations.", d.keySource, d.client.BaseURL())
	case e.StatusCode == 403:
		return fmt.Sprintf("The API key, which came from %s, is not allowed to do this. Ask the owner of your Prosa account for a key that is, or use the key of the account that this object belongs to.", d.keySource)
	case differsInSlash(e.URL, e.Location):
		return fmt.Sprintf(`The two differ only in the slash at the end, so the base URL %s is right: this installation expects other paths than those in Prosa's API reference. Ask whoever runs it to serve the paths of the reference without a redirect, or put a proxy in front that does, and set the provider's argument "base_url" (or PROSA_BASE_URL) to it.`, d.client.BaseURL())
	case e.Location != "":
		return `The provider does not follow redirects, so that the API key is sent nowhere else. If the API has moved, set the provider's argument "base_url" (or PROSA_BASE_URL) to its new address.`
	case e.Unsupported:
		return fmt.Sprintf("The API lists this endpoint, so the base URL %s is right: this installation does not offer the operation. Ask whoever runs it. The state is unchanged.", d.client.BaseURL())
	case e.StatusCode == 404 && !prosa.IsNotFound(e):
		return fmt.Sprintf(`This is not how Prosa's API reports a missing object, so there may be no webhook API at this address. Check the provider's argument "base_url" (or PROSA_BASE_URL), which is %s. The state is unchanged.`, d.client.BaseURL())
	case e.StatusCode == 404:
		return "It does not exist, or no longer exists. Check the id, and check that the API key belongs to the account that has it."
	case e.StatusCode == 429 || errors.Is(e, prosa.ErrThrottled):
		return `The API has been limiting the rate of requests for longer than the provider waits. Try again later, or set the provider's argument "requests_per_second" (or PROSA_REQUESTS_PER_SECOND).`
	case errors.Is(e, prosa.ErrTooLong) && hasDates:
		return fmt.Sprintf(`Events and deliveries of many days can be that long: select fewer days with "from_date" and "to_date". Any other response of this length does not come from Prosa's API: check the provider's argument "base_url" (or PROSA_BASE_URL), which is %s now, and any proxy in between.`, d.client.BaseURL())
	case e.CutOff():
		return fmt.Sprintf(`Try again. If the API is slow, or the response is long, raise the provider's argument "request_timeout" (or PROSA_REQUEST_TIMEOUT), which is %s.`, d.client.RequestTimeout())
	case e.StatusCode >= 200 && e.StatusCode < 400:
		return fmt.Sprintf(`This is not a response of Prosa's API. Another service may be at %s: check the provider's argument "base_url" (or PROSA_BASE_URL), and any proxy in between.`, d.client.BaseURL())
	case e.StatusCode >= 500:
		return "The API, or a gateway in front of it, has a problem. Try again later."
	case e.StatusCode == 0:
		return fmt.Sprintf(`Check that this machine can reach %s, which is the provider's argument "base_url" (or PROSA_BASE_URL). If the API is slow, raise the provider's argument "request_timeout" (or PROSA_REQUEST_TIMEOUT), which is %s.`, d.client.BaseURL(), d.client.RequestTimeout())
	case e.StatusCode >= 400:
		return "The API rejects this request. Check its values. If they are right, report a bug in the provider."
	}
	return ""
}

// differsInSlash says whether a redirect only adds or removes the slash at the end of the path.
func differsInSlash(from, to string) bool {
	to, _, _ = strings.Cut(to, "?")
	return to == from+"/" || from == to+"/"
}

// adviceOn returns advice as a paragraph of a longer message; empty if there is none.
func (d *providerData) adviceOn(err error) string {
	if e := prosa.As(err); e != nil {
		if advice := d.advice(e, nil); advice != "" {
			return advice + "\n\n"
		}
	}
	return ""
}

// sentence capitalizes the first letter of text and removes the full stop.
func sentence(text string) string {
	text = strings.TrimSuffix(text, ".")
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

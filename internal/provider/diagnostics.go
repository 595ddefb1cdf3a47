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

// fail adds an error for a failed request: what happened, and what to do. If the API rejected a value, or found no object
// with an id, the error is on the attribute with that value.
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

// of returns the most specific attribute for a location in a request, such as ["body", "event_filters", "0"].
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
		return "Run this again. If the request took effect, the next refresh shows it."
	case e.KeyRefused():
		return fmt.Sprintf("The API rejects the API key, which came from %s. Check that it is a key for %s: speech-to-text and text-to-speech have different keys, and each installation has its own.", d.keySource, d.client.BaseURL())
	case e.StatusCode == 403:
		return fmt.Sprintf("The API key, which came from %s, has no permission for this. Ask the owner of your Prosa account for a key that has it, or use the key of the account that this object belongs to.", d.keySource)
	case differsInSlash(e.URL, e.Location):
		return fmt.Sprintf(`The two URLs differ only in the slash at the end, so the base URL %s is right. But this installation uses other paths than Prosa's API reference. Ask its operator to serve the paths of the reference without a redirect. Or set up a proxy that does, and set the provider's argument "base_url" (or PROSA_BASE_URL) to its URL.`, d.client.BaseURL())
	case e.Location != "":
		return `The provider does not follow redirects, because they could send the API key to another server. If the API has moved, set the provider's argument "base_url" (or PROSA_BASE_URL) to its new URL.`
	case e.Unsupported:
		return fmt.Sprintf("The API lists this endpoint, so the base URL %s is right. But this installation does not offer the operation: ask its operator. The state is unchanged.", d.client.BaseURL())
	case e.StatusCode == 404 && !prosa.IsNotFound(e):
		return fmt.Sprintf(`This is not how Prosa's API reports a missing object, so there may be no webhook API at this URL. Check the provider's argument "base_url" (or PROSA_BASE_URL), which is %s. The state is unchanged.`, d.client.BaseURL())
	case e.StatusCode == 404:
		return "The object was deleted, or never existed. Check the id, and check that the API key belongs to the account that has the object."
	case e.StatusCode == 429 || errors.Is(e, prosa.ErrThrottled):
		return `The API has been limiting the rate of requests for longer than the provider waits. Try again later, or set the provider's argument "requests_per_second" (or PROSA_REQUESTS_PER_SECOND).`
	case errors.Is(e, prosa.ErrTooLong) && hasDates:
		return fmt.Sprintf(`A list of many days can be that long: select fewer days with "from_date" and "to_date". If a single day is too long, the response may not come from Prosa's API: check the provider's argument "base_url" (or PROSA_BASE_URL), which is %s, and any proxy in between.`, d.client.BaseURL())
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

// adviceOn returns the advice for err as a paragraph of a longer message; empty if there is none.
func (d *providerData) adviceOn(err error) string {
	if e := prosa.As(err); e != nil {
		if advice := d.advice(e, nil); advice != "" {
			return advice + "\n\n"
		}
	}
	return ""
}

// sentence capitalizes the first letter of an ASCII text and removes the full stop at its end.
func sentence(text string) string {
	text = strings.TrimSuffix(text, ".")
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

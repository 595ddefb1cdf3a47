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

// attributes maps fields of the API, such as "url" or "rotation_period.days", to the attributes that set them.
type attributes map[string]path.Path

// fail adds an error for a failed request: what happened, and what to do. The error is on the attribute of a value that
// the API rejected, or of an id that does not exist.
func (d *providerData) fail(diags *diag.Diagnostics, summary string, err error, at attributes) {
	e := prosa.As(err)
	if e == nil {
		reason := sentence(err.Error())
		advice := "Nothing was changed. Try again."
		switch {
		case errors.Is(err, context.Canceled):
			reason = "It was interrupted before anything was sent"
		case errors.Is(err, prosa.ErrEarlierUndecided):
			advice = "Nothing was sent. Find out about the earlier request first, as its own error says, then run this again."
		}
		diags.AddError(summary, reason+".\n\n"+advice)
		return
	}
	if len(e.Fields) > 0 {
		rest := d.failFields(diags, summary, e, at)
		if len(rest) == 0 {
			return
		}
	}
	detail := fmt.Sprintf("%s %s: %s.", e.Method, e.URL, strings.TrimSuffix(e.Reason(), "."))
	if advice := d.advice(e, at); advice != "" {
		detail += "\n\n" + advice
	}
	if attribute, ok := at[notFoundFields[e.Status]]; ok && prosa.IsNotFound(err) {
		diags.AddAttributeError(attribute, summary, detail)
		return
	}
	diags.AddError(summary, detail)
}

// notFoundFields maps the status of a 404 to the field that holds the id.
var notFoundFields = map[string]string{
	prosa.StatusEndpointNotFound: "endpoint_id",
	prosa.StatusEventNotFound:    "event_id",
	prosa.StatusDeliveryNotFound: "delivery_id",
}

// failFields reports rejected values on their attributes, and returns those that belong to no attribute.
func (d *providerData) failFields(diags *diag.Diagnostics, summary string, e *prosa.Error, at attributes) (rest []prosa.FieldError) {
	for _, field := range e.Fields {
		attribute, ok := at.of(field.Location)
		if !ok {
			rest = append(rest, field)
			continue
		}
		diags.AddAttributeError(attribute, summary, fmt.Sprintf("The API does not accept this value: %s.\n\nCorrect it and run this again.", strings.TrimSuffix(field.Message, ".")))
	}
	return rest
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

// advice tells the user of an object with these attributes what to do about an error.
func (d *providerData) advice(e *prosa.Error, at attributes) string {
	_, hasDates := at["from_date"]
	switch {
	case errors.Is(e, context.Canceled):
		return "Run it again: it goes on from what Prosa has by then."
	case e.KeyRefused():
		return fmt.Sprintf("The API does not know the API key, which came from %s. Check it, and that it is a key for %s: speech-to-text and text-to-speech have different keys, and other installations have keys of their own.", d.keySource, d.client.BaseURL())
	case e.StatusCode == 403:
		return fmt.Sprintf("The API key, which came from %s, may not do this. Ask whoever manages your Prosa account for a key that may, or use the one that belongs to this object.", d.keySource)
	case differsInSlash(e.URL, e.Location):
		return fmt.Sprintf(`The two differ in the slash at the end only, so the base URL %s is right: this installation wants its paths in another form than Prosa's API reference has. Ask whoever runs it to serve the paths of the reference without a redirect, or put a proxy in front that does, and set the provider's argument "base_url" (or PROSA_BASE_URL) to it.`, d.client.BaseURL())
	case e.Location != "":
		return `Redirects are not followed, so that the API key reaches no other place. If the API has moved there, set the provider's argument "base_url" (or PROSA_BASE_URL) to its new place.`
	case e.Unsupported:
		return fmt.Sprintf("The API lists this endpoint, so the base URL %s is right: this installation does not offer the operation. Ask whoever runs it. The state is left as it was.", d.client.BaseURL())
	case e.StatusCode == 404 && !prosa.IsNotFound(e):
		return fmt.Sprintf(`This is not the API's own answer for something that does not exist: there seems to be no webhook API at this place. Check the provider's argument "base_url" (or PROSA_BASE_URL), which is %s now. The state is left as it was.`, d.client.BaseURL())
	case e.StatusCode == 404:
		return "It does not exist, or no longer does. Check the id, and that the API key belongs to the account that has it."
	case e.StatusCode == 429 || errors.Is(e, prosa.ErrThrottled):
		return `The API has been limiting the rate of requests for longer than the provider waits. Try again later, or set the provider's argument "requests_per_second" (or PROSA_REQUESTS_PER_SECOND).`
	case errors.Is(e, prosa.ErrTooLong) && hasDates:
		return fmt.Sprintf(`Events and deliveries of many days can be that long: choose fewer days with "from_date" and "to_date". Anything else is not what Prosa's API answers: check the provider's argument "base_url" (or PROSA_BASE_URL), which is %s now, and any proxy in between.`, d.client.BaseURL())
	case e.CutOff():
		return fmt.Sprintf(`Try again. For an API that is slow, or that has much to tell, raise the provider's argument "request_timeout" (or PROSA_REQUEST_TIMEOUT), which is %s now.`, d.client.RequestTimeout())
	case e.StatusCode >= 200 && e.StatusCode < 400:
		return fmt.Sprintf(`This is not what Prosa's API answers. Something else may be at %s: check the provider's argument "base_url" (or PROSA_BASE_URL), and any proxy in between.`, d.client.BaseURL())
	case e.StatusCode >= 500:
		return "The API, or a gateway in front of it, has a problem. Try again in a while."
	case e.StatusCode == 0:
		return fmt.Sprintf(`Check that %s, which is the provider's argument "base_url" (or PROSA_BASE_URL), can be reached from here. For an API that is slow, raise the provider's argument "request_timeout" (or PROSA_REQUEST_TIMEOUT), which is %s now.`, d.client.BaseURL(), d.client.RequestTimeout())
	case e.StatusCode >= 400:
		return "The API does not accept this request. Check the values that it is about; if they are right, please report it as a bug of the provider."
	}
	return ""
}

// differsInSlash says whether a redirect only adds or removes the slash at the end of the path.
func differsInSlash(from, to string) bool {
	to, _, _ = strings.Cut(to, "?")
	return to == from+"/" || from == to+"/"
}

// adviceOn is advice as a paragraph of a longer message; empty if there is none.
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

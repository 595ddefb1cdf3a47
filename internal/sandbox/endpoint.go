package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"time"
)

// listEndpoints is GET /webhooks/endpoints.
func (a *Account) listEndpoints(*call, *input) answer {
	var items [][]byte
	for _, e := range a.Endpoints() {
		items = append(items, a.object(a.endpointFields(e, false)...))
	}
	return a.list(items)
}

// createEndpoint is POST /webhooks/endpoints.
func (a *Account) createEndpoint(c *call, in *input) answer {
	e := Endpoint{ID: a.newID("ep"), SSLVerification: true}
	e.URL = in.body.url(in, "url")
	e.EventFilters = in.body.texts(in, "event_filters")
	if raw, ok := in.body.takeOptional("ssl_verification"); ok {
		e.SSLVerification = in.body.flag(in, "ssl_verification", raw)
	}
	if key := in.body.text(in, "secret_key"); key != "" {
		e.Secrets = []Secret{{Key: key}}
	}
	if refused, ok := a.invalid(c, in); ok {
		return refused
	}
	a.keep(&e)
	created := a.endpointAnswer(a.store.insert(e, a.now()))
	created.status = cmp.Or(a.Quirks.CreateStatus, http.StatusOK)
	return created
}

// getEndpoint is GET /webhooks/endpoints/{endpoint_id}.
func (a *Account) getEndpoint(c *call, in *input) answer {
	e, ok := a.Endpoint(in.id)
	if !ok {
		return a.notFound(c, "endpoint", in.id)
	}
	return a.endpointAnswer(e)
}

// updateEndpoint is PUT /webhooks/endpoints/{endpoint_id}. It replaces all three fields: an update without
// event_filters removes the filters, which the reference's own example would do, too.
func (a *Account) updateEndpoint(c *call, in *input) answer {
	next := Endpoint{}
	next.URL = in.body.url(in, "url")
	next.EventFilters = in.body.texts(in, "event_filters")
	if raw, ok := in.body.takeRequired(in, "ssl_verification"); ok {
		next.SSLVerification = in.body.flag(in, "ssl_verification", raw)
	}
	if refused, ok := a.invalid(c, in); ok {
		return refused
	}
	e, ok := a.store.change(in.id, a.now(), func(e *Endpoint) {
		e.URL, e.EventFilters, e.SSLVerification = next.URL, next.EventFilters, next.SSLVerification
		a.keep(e)
	})
	if !ok {
		return a.notFound(c, "endpoint", in.id)
	}
	return a.changed(a.Quirks.UpdateAnswer, e)
}

// deleteEndpoint is DELETE /webhooks/endpoints/{endpoint_id}. It answers with the deleted endpoint.
func (a *Account) deleteEndpoint(c *call, in *input) answer {
	e, ok := a.store.remove(in.id, a.now())
	if !ok {
		return a.notFound(c, "endpoint", in.id)
	}
	return a.changed(a.Quirks.DeleteAnswer, e)
}

// rotateSecret is POST /webhooks/endpoints/{endpoint_id}/secret.
func (a *Account) rotateSecret(c *call, in *input) answer {
	const day = 24 * time.Hour
	const longest = 1<<63 - 1
	period := in.body.object(in, "rotation_period")
	days := period.number(in, "days", int64(longest/day)/2)
	hours := period.number(in, "hours", int64(longest/time.Hour)/2)
	period.rejectUnread(in)
	if refused, ok := a.invalid(c, in); ok {
		return refused
	}
	e, ok := a.store.rotate(in.id, a.now(), time.Duration(days)*day+time.Duration(hours)*time.Hour)
	if !ok {
		return a.notFound(c, "endpoint", in.id)
	}
	return a.endpointAnswer(e)
}

// documentedTypes returns all event types that any of Prosa's pages documents.
func documentedTypes() []string {
	return []string{
		"stt.jobs.completed", "stt.jobs.failed", "stt.job.completed", "stt.job.failed", "tts.job.completed", "tts.job.failed", "webhook.ping",
	}
}

// keep changes an endpoint to what this installation stores.
func (s *Server) keep(e *Endpoint) {
	e.URL = s.spell(e.URL)
	if s.Quirks.DropUnknownFilters {
		e.EventFilters = slices.DeleteFunc(slices.Clone(e.EventFilters), func(t string) bool { return !slices.Contains(documentedTypes(), t) })
	}
	if s.Quirks.IgnoreSSLVerification {
		e.SSLVerification = true
	}
}

// changed answers an update or a delete as a quirk says.
func (s *Server) changed(quirk string, e Endpoint) answer {
	a := answer{status: http.StatusOK}
	switch quirk {
	case "empty":
	case "no-content":
		a.status = http.StatusNoContent
	case "message":
		a.body = s.object(field{"message", value("deleted")})
	case "text":
		a.body = []byte("OK")
	case "other":
		e.ID = s.newID("ep")
		return s.endpointAnswer(e)
	default:
		return s.endpointAnswer(e)
	}
	return a
}

func (s *Server) endpointAnswer(e Endpoint) answer {
	return answer{status: http.StatusOK, body: s.object(s.endpointFields(e, true)...)}
}

// endpointFields returns an endpoint's members in the order of the reference. Only the detail form has the secrets.
func (s *Server) endpointFields(e Endpoint, detail bool) []field {
	fields := []field{{"id", value(e.ID)}, {"url", value(e.URL)}}
	if detail {
		fields = append(fields, field{"secrets", s.secrets(e.Secrets)})
	} else if s.Quirks.SparseListing {
		return fields
	}
	filters := e.EventFilters
	if s.Quirks.DuplicateFilters {
		filters = slices.Concat(filters, filters)
	}
	switch {
	case len(filters) > 0:
		fields = append(fields, field{"event_filters", value(filters)})
	case s.Quirks.EmptyFilters == "":
		fields = append(fields, field{"event_filters", []byte("[]")})
	case s.Quirks.EmptyFilters == "null":
		fields = append(fields, field{"event_filters", []byte("null")})
	}
	return append(fields, field{"ssl_verification", value(e.SSLVerification)})
}

func (s *Server) secrets(secrets []Secret) []byte {
	var items [][]byte
	for _, secret := range secrets {
		fields := []field{{"id", value(secret.ID)}, {"key", value(secret.Key)}}
		if s.Quirks.HideExpiry {
			fields = append(fields, field{"expired_at", []byte("null")})
		} else if secret.ExpiredAt != nil {
			fields = append(fields, field{"expired_at", s.dateTime(*secret.ExpiredAt)})
		}
		items = append(items, s.object(fields...))
	}
	if s.Quirks.SecretsOrder == "newest-first" {
		slices.Reverse(items)
	}
	return array(items)
}

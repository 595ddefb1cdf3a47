package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

func ownKey(_ context.Context, s *session) finding {
	keys := s.endpoint.Secrets
	switch {
	case keys == nil:
		return notSeen("the response to the create has no keys")
	case !slices.ContainsFunc(keys, func(k prosa.Secret) bool { return k.Key == s.signingKey }):
		return broken("the endpoint has another key than the one that was sent")
	}
	return expect(len(keys) == 1, "the endpoint has the key that was sent; keys in all: %d", len(keys))
}

// refused is the finding for an update that failed: "different" if the API rejects its values. Otherwise the row
// "update an endpoint" shows what is wrong.
func (s *session) refused(err error) finding {
	seen := s.wire.last("PUT /webhooks/endpoints/{id}")
	if e := prosa.As(err); e != nil && (e.StatusCode == 400 || e.StatusCode == 422) {
		return differs("rejected: %s", seen)
	}
	return notSeen("%s", seen)
}

// urlSpelling sends a URL with parts that a server could normalize: a host in upper case, the default port, a dot segment
// and an escaped "~".
func urlSpelling(ctx context.Context, s *session) finding {
	sent, _ := url.Parse(s.url) // cannot fail: main's parse has checked it
	if sent.Host = strings.ToUpper(sent.Host); sent.Port() == "" {
		sent.Host += map[string]string{"https": ":443", "http": ":80"}[sent.Scheme]
	}
	spelled := sent.String() + "/./%7econformance"
	e, err := s.update(ctx, spelled, true)
	switch {
	case err != nil:
		return s.refused(err)
	case e.URL == spelled:
		return asAssumed("stored as sent")
	case prosa.NormalizeURL(e.URL) == prosa.NormalizeURL(spelled):
		return asAssumed("scheme, host and port are normalized")
	}
	_, end, _ := strings.Cut(e.URL, path.Base(s.url))
	return differs("rewritten: it ends in %q instead of \"/./%%7econformance\"", end)
}

func unusableURL(ctx context.Context, s *session) finding {
	_, err := s.update(ctx, "not a URL", true)
	seen, failure := s.wire.last("PUT /webhooks/endpoints/{id}"), prosa.As(err)
	switch {
	case err == nil:
		return differs("accepted: %s", seen)
	case failure == nil || failure.StatusCode != 400 && failure.StatusCode != 422:
		return s.refused(err)
	case !slices.ContainsFunc(failure.Fields, func(f prosa.FieldError) bool { return slices.Contains(f.Location, "url") }):
		return differs("%s; the provider cannot tell which argument is wrong", seen)
	}
	return expect(failure.Status == prosa.StatusValidation, "%s", seen)
}

// filters is the check of an update with event filters.
func filters(sent ...string) func(context.Context, *session) finding {
	return func(ctx context.Context, s *session) finding {
		e, err := s.update(ctx, s.url, true, sent...)
		if err != nil {
			return s.refused(err)
		}
		missing := slices.DeleteFunc(slices.Clone(sent), func(filter string) bool { return slices.Contains(e.EventFilters, filter) })
		stored := -1 // number of filters in the latest response, which may be that of a read after the update
		for _, object := range elements(s.wire.last("").body) {
			list, _ := object["event_filters"].([]any)
			stored = len(list)
		}
		if len(missing) > 0 {
			return differs("dropped: %s", strings.Join(missing, ", "))
		}
		return expect(stored == len(sent), "%d sent, %d stored, none dropped", len(sent), stored)
	}
}

func sslVerification(ctx context.Context, s *session) finding {
	e, err := s.update(ctx, s.url, false)
	if err == nil {
		_, err = s.update(ctx, s.url, true) // restore the endpoint
	}
	if err != nil {
		return s.refused(err)
	}
	return expect(!e.SSLVerification, "false is stored as %t", e.SSLVerification)
}

// listedKeys returns the keys after the rotation, in the API's order.
func (s *session) listedKeys() []map[string]any {
	var response struct{ Secrets []map[string]any }
	_ = json.Unmarshal(s.wire.last("POST /webhooks/endpoints/{id}/secret").body, &response)
	return response.Secrets
}

func (s *session) isNew(key map[string]any) bool { return text(key, "id") == s.rotation.Secret.ID }

func orderOfKeys(_ context.Context, s *session) finding {
	keys := s.listedKeys()
	seen := fmt.Sprintf("the new key is number %d of %d", slices.IndexFunc(keys, s.isNew)+1, len(keys))
	if s.rotation.Active[0].ID != s.rotation.Secret.ID {
		return broken("%s, but the provider considers another key the newest", seen)
	}
	return expect(len(keys) == 2, "%s", seen)
}

func expiry(_ context.Context, s *session) finding {
	older := slices.DeleteFunc(s.listedKeys(), s.isNew)
	if len(older) == 0 {
		return notSeen("no older key is listed")
	}
	at := text(older[0], "expired_at")
	if at == "" {
		return differs("missing or null; the provider adds the rotation period itself")
	}
	return withAdvice(s.compareTime(at, s.wire.last("POST /webhooks/endpoints/{id}/secret").date.Add(rotationPeriod)))
}

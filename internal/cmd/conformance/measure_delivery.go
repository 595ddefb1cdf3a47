package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// listedAs returns the object whose idField is id from the latest response to request.
func (s *session) listedAs(request, idField, id string) map[string]any {
	for _, object := range elements(s.wire.last(request).body) {
		if text(object, idField) == id {
			return object
		}
	}
	return nil
}

const listDeliveries = "GET /webhooks/endpoints/{id}/deliveries"

func pingType(_ context.Context, s *session) finding {
	status := "no response_status"
	if s.delivery.ResponseStatus != nil {
		status = fmt.Sprint("response_status ", *s.delivery.ResponseStatus)
	}
	seen := fmt.Sprintf("listed after %s; body: %s; %s", s.listed.Round(100*time.Millisecond), shape(s.delivery.RequestBody), status)
	if kind := s.delivery.EventType; kind != prosa.PingEvent && kind != "" {
		return broken("no webhook.ping was listed in time, but an event of another type; %s", seen)
	}
	return expect(s.delivery.EventType != "", "%s", seen)
}

func deliveryHeaders(_ context.Context, s *session) finding {
	headers, _ := s.listedAs(listDeliveries, "delivery_id", s.delivery.ID)["request_headers"].(map[string]any)
	seen, ok := fmt.Sprintf("%d headers", len(headers)), len(headers) > 0
	upper, lists := false, false
	for name, value := range headers {
		_, single := value.(string)
		upper, lists = upper || name != strings.ToLower(name), lists || !single
	}
	if upper {
		seen += "; names are not in lower case"
	}
	if lists {
		seen += "; values are lists"
	}
	for _, name := range []string{"x-prosa-event", "x-prosa-event-uuid", "x-prosa-signature"} {
		if s.header(name) == "" {
			seen, ok = seen+"; without "+name, false
		}
	}
	return expect(ok && !upper && !lists, "%s", seen)
}

// header returns a header of the test event's delivery, ignoring the case of its name.
func (s *session) header(name string) string {
	for given, value := range s.delivery.RequestHeaders {
		if strings.EqualFold(given, name) {
			return value
		}
	}
	return ""
}

var signatureForm = regexp.MustCompile(`^t=(\d{9,11})(, ?v1=[0-9a-f]{64})+$`)

func signature(_ context.Context, s *session) finding {
	header := s.header("x-prosa-signature")
	match := signatureForm.FindStringSubmatch(header)
	if match == nil {
		name, _, _ := strings.Cut(header, "=")
		if !plainName.MatchString(name) || len(name) > 10 { // not a name such as "sha256", but perhaps the signature itself
			name = "?"
		}
		return broken("another form, which begins with %q", name)
	}
	seconds, _ := strconv.ParseInt(match[1], 10, 64)
	if !isNear(time.Unix(seconds, 0), s.tested) {
		return broken("t is not the time of the test event")
	}
	keys := []string{s.signingKey}
	for _, k := range s.rotation.Active {
		keys = append(keys, k.Key)
	}
	count := strings.Count(header, "v1=")
	// The API can list a body in another format than it was delivered in.
	var compact bytes.Buffer
	_ = json.Compact(&compact, s.delivery.RequestBody)
	spaced := strings.NewReplacer(`":`, `": `, `,"`, `, "`).Replace(compact.String())
	for _, body := range []string{string(s.delivery.RequestBody), compact.String(), spaced} {
		if prosa.VerifySignature(header, body, keys) {
			if !s.has[aRotation] {
				return asAssumed("right, with %d v1; the active keys are not known", count)
			}
			return expect(count == len(s.rotation.Active), "right, with %d v1 for %d active keys", count, len(s.rotation.Active))
		}
	}
	return notSeen("the form is right, with %d v1, but no key matches: it is wrong, or the list formats the body differently", count)
}

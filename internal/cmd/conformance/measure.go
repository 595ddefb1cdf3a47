package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

func asAssumed(format string, args ...any) finding {
	return finding{assumed, fmt.Sprintf(format, args...)}
}
func differs(format string, args ...any) finding {
	return finding{handled, fmt.Sprintf(format, args...)}
}
func broken(format string, args ...any) finding { return finding{breaks, fmt.Sprintf(format, args...)} }
func notSeen(format string, args ...any) finding {
	return finding{unseen, fmt.Sprintf(format, args...)}
}

// expect returns "as assumed" if ok, and "different" otherwise.
func expect(ok bool, format string, args ...any) finding {
	if ok {
		return asAssumed(format, args...)
	}
	return differs(format, args...)
}

// longWord matches any text that could be an id.
var longWord = regexp.MustCompile(`[^\s"]{20,}`)

// operation returns the check of an API operation: the provider's client can use it, and the response has the status
// and the fields of the reference. Fields in optional can be null, or missing if they are not in fields.
func operation(name, request string, needs need, fields, optional string, call func(*session, context.Context) (any, error)) check {
	return check{
		name: name, assumes: "The status is 200, with the fields of the reference's example.", source: reference, needs: needs,
		measure: func(ctx context.Context, s *session) finding {
			_, err := call(s, ctx)
			seen, failure := s.wire.last(request), prosa.As(err)
			switch {
			case errors.Is(err, errUnseen):
				return notSeen("%s", err)
			case failure != nil && failure.Unsupported:
				return broken("%s: this installation lacks the operation", seen)
			case failure != nil && failure.Err != nil:
				return broken("%s: %s", seen, longWord.ReplaceAllString(failure.Err.Error(), "…"))
			case err != nil:
				return broken("%s", seen)
			}
			different, objects := differences(seen.body, fields, optional), elements(seen.body)
			answer := fmt.Sprintf("%s: %d", request, seen.status) // without field names: the report lists them for each request
			isDelete := strings.HasPrefix(request, "DELETE")
			switch {
			case objects == nil, isDelete && len(objects) == 0:
				return differs("%s", seen)
			case different != "":
				return differs("%s%s", answer, different)
			case isDelete && text(objects[0], "id") != s.endpoint.ID:
				return differs("%s, about another endpoint", answer)
			case len(objects) == 0:
				return asAssumed("%s, an empty list", answer)
			}
			return expect(seen.status == 200, "%s, with the fields of the reference", answer)
		},
	}
}

const wrongAPIKey = "wrong-key-of-the-conformance-command"

func wrongKey(ctx context.Context, s *session) finding {
	client, err := s.newClient(wrongAPIKey)
	if err == nil {
		_, err = client.ListEndpoints(ctx)
	}
	seen, failure := s.wire.last("GET /webhooks/endpoints"), prosa.As(err)
	if failure != nil && !failure.KeyRefused() {
		return differs("%s; the provider does not recognize that the key is wrong", seen)
	}
	return expect(failure != nil && failure.StatusCode == 401 && strings.HasPrefix(failure.Status, "auth_"), "%s", seen)
}

func unknownPath(ctx context.Context, s *session) finding {
	seen := s.get(ctx, "/webhooks/no-such-path")
	isNotFound := func(object map[string]any) bool { return text(object, "detail") == "Not Found" }
	return expect(seen.status == 404 && slices.ContainsFunc(elements(seen.body), isNotFound), "%s", seen)
}

func trailingSlash(ctx context.Context, s *session) finding {
	without := s.get(ctx, "/webhooks/endpoints")
	if without.status/100 == 3 {
		return broken("%s", without)
	}
	with := s.get(ctx, "/webhooks/endpoints/")
	if without.status == 0 || with.status == 0 {
		return notSeen("no response")
	}
	// Any response to the path with the slash will do: the provider never sends it.
	return asAssumed("without a slash %d, with it %d", without.status, with.status)
}

// missing returns the check of a request for an object that does not exist.
func missing(kind, request string, call func(*session, context.Context) (any, error)) func(context.Context, *session) finding {
	return func(ctx context.Context, s *session) finding {
		_, err := call(s, ctx)
		seen, failure := s.wire.last(request), prosa.As(err)
		switch {
		case failure == nil:
			return broken("it exists: %s", seen)
		case kind == "endpoint" && !prosa.IsEndpointDeleted(err):
			return broken("%s; the provider does not recognize that the endpoint is deleted", seen)
		}
		return expect(failure.StatusCode == 404 && failure.Status == "webhook_"+kind+"_not_found" && strings.Contains(failure.Context, kind+"_id"), "%s", seen)
	}
}

func keysInErrors(_ context.Context, s *session) finding {
	refusals := 0
	for _, e := range s.wire.all("") {
		if e.status < 400 {
			continue
		}
		refusals++
		for _, key := range []string{s.apiKey, wrongAPIKey, s.signingKey} {
			if bytes.Contains(e.body, []byte(key)) {
				return differs("%s: the message repeats the key that was sent", e.operation)
			}
		}
	}
	return asAssumed("no key in %d errors", refusals)
}

func rateLimit(_ context.Context, s *session) finding {
	var seen []string
	all := s.wire.all("")
	for _, e := range all {
		if e.status == 429 {
			form := strings.Trim(regexp.MustCompile(`[0-9]+`).ReplaceAllString(e.header.Get("Retry-After"), "N"), " ")
			seen = append(seen, fmt.Sprintf("429, Retry-After: %s", cmp.Or(form, "missing")))
		}
	}
	if slices.Sort(seen); len(seen) == 0 {
		return notSeen("no 429 in %d responses", len(all))
	}
	return asAssumed("%s", strings.Join(slices.Compact(seen), "; "))
}

package prosa

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/idna"
)

// ParseBaseURL parses the base URL of the API, with or without a slash at the end. It must be an absolute https URL
// without user info, query and fragment, or http with a loopback host. An error does not quote a URL that contains an @,
// because it may contain a password.
func ParseBaseURL(raw string) (*url.URL, error) {
	base, err := parseURL(raw)
	if err != nil {
		return nil, err
	}
	switch {
	case base.User != nil:
		return nil, errors.New("it must not hold a user name or a password; the API key alone identifies you")
	case base.Scheme == "http" && !isLoopback(base.Hostname()):
		return nil, errors.New("it must begin with https://, because the API key would be sent unencrypted; http:// is for a loopback host such as localhost only")
	case base.RawQuery != "" || base.ForceQuery:
		return nil, errors.New("it must not have a query (the part after a question mark)")
	case base.Fragment != "" || strings.HasSuffix(raw, "#"):
		return nil, errors.New("it must not have a fragment (the part after a hash sign)")
	}
	base = base.JoinPath()
	base.RawPath = strings.TrimRight(base.EscapedPath(), "/") // but not an escaped slash
	if base.Path, err = url.PathUnescape(base.RawPath); err != nil {
		return nil, err
	}
	if strings.HasSuffix(base.Path, "/webhooks") {
		return nil, errors.New("it must not end in /webhooks, which the provider adds itself; leave that part out")
	}
	return base, nil
}

// ParseEndpointURL parses a callback URL, which must be absolute, http or https, with a host.
func ParseEndpointURL(raw string) (*url.URL, error) { return parseURL(raw) }

func parseURL(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, errors.New("it is empty")
	}
	if strings.ContainsFunc(raw, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return nil, errors.New("it has a space or a control character in it")
	}
	parsed, err := url.Parse(raw)
	if err != nil {
		var reason *url.Error
		if errors.As(err, &reason) {
			err = reason.Err
		}
		if strings.Contains(raw, "@") { // the reason may quote a password
			return nil, errors.New("it is not a URL")
		}
		return nil, fmt.Errorf("it is not a URL: %w", err)
	}
	switch {
	case parsed.Scheme == "":
		return nil, errors.New("it has no scheme; an absolute URL begins with https://")
	case parsed.Scheme != "https" && parsed.Scheme != "http":
		return nil, errors.New("its scheme is neither https nor http")
	case parsed.Hostname() == "":
		return nil, errors.New("it has no host")
	}
	return parsed, nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}

// NormalizeURL returns the form of a callback URL for comparisons: scheme and host in lower case and ASCII, no default
// port, and an empty path as "/". It returns a text that is not an absolute URL unchanged.
func NormalizeURL(raw string) string {
	parsed, err := url.Parse(raw)
	if err != nil || parsed.Scheme == "" || parsed.Hostname() == "" {
		return raw
	}
	host, port := strings.ToLower(parsed.Hostname()), parsed.Port()
	if ascii, err := idna.ToASCII(host); err == nil {
		host = ascii
	}
	if port == "" || parsed.Scheme == "https" && port == "443" || parsed.Scheme == "http" && port == "80" {
		if parsed.Host = host; strings.Contains(host, ":") {
			parsed.Host = "[" + host + "]"
		}
	} else {
		parsed.Host = net.JoinHostPort(host, port)
	}
	if parsed.Path == "" {
		parsed.Path = "/"
	}
	return parsed.String()
}

// reservedHeaders are the headers that the client sets itself, and the two that make net/http retry a POST.
var reservedHeaders = []string{"x-api-key", "content-type", "host", "user-agent", "idempotency-key", "x-idempotency-key"}

// CheckHeader checks an extra header. The error does not quote the value.
func CheckHeader(name, value string) error {
	if !httpguts.ValidHeaderFieldName(name) {
		return fmt.Errorf("%q is not the name of an HTTP header", name)
	}
	for _, reserved := range reservedHeaders {
		if strings.EqualFold(name, reserved) {
			return fmt.Errorf("the header %s is reserved for the provider", reserved)
		}
	}
	return checkHeaderValue("the value of the header "+name, value)
}

// CheckAPIKey checks that a key can be sent in a header unchanged. The error does not quote it.
func CheckAPIKey(key string) error {
	if key == "" {
		return errors.New("the API key is empty")
	}
	if key != strings.TrimSpace(key) { // net/http would trim it, and the API's echo would not be redacted
		return errors.New("the API key has white space around it")
	}
	return checkHeaderValue("the API key", key)
}

func checkHeaderValue(what, value string) error {
	if !httpguts.ValidHeaderFieldValue(value) {
		return fmt.Errorf("%s holds a character that cannot be sent in an HTTP header, such as the end of a line", what)
	}
	return nil
}

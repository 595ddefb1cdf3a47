package sandbox

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// urlProblem returns what is wrong with a callback URL; empty if it is valid.
func urlProblem(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return "is not a URL"
	case !strings.EqualFold(u.Scheme, "https") && !strings.EqualFold(u.Scheme, "http"):
		return "must begin with https:// or http://"
	case u.Hostname() == "":
		return "must have a host"
	case strings.ContainsAny(text, " \t"):
		return "must not contain blanks"
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return "must have a port from 1 to 65535, or none"
		}
	}
	return ""
}

// normalURL normalizes the scheme, the host, the port and an empty path of a valid callback URL, as the API does.
func normalURL(text string) string {
	scheme, rest, _ := strings.Cut(text, "://")
	scheme = strings.ToLower(scheme)
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	user, host := "", authority
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, host = authority[:i+1], authority[i+1:]
	}
	host = strings.TrimSuffix(strings.ToLower(host), map[string]string{"https": ":443", "http": ":80"}[scheme])
	host = strings.TrimSuffix(host, ":")
	if !strings.HasPrefix(tail, "/") {
		tail = "/" + tail
	}
	return scheme + "://" + user + host + tail
}

// storedURL returns a URL as this installation stores it.
func (s *Server) storedURL(text string) string {
	switch {
	case s.Quirks.KeepURL:
		return text
	case s.Quirks.RewriteURLs:
		return rewrittenURL(normalURL(text))
	}
	return normalURL(text)
}

// rewrittenURL normalizes further: percent-encoding as in RFC 3986, no dot segments, and a trailing slash.
func rewrittenURL(text string) string {
	u, err := url.Parse(normalEscapes(text))
	if err != nil {
		return text
	}
	u = u.ResolveReference(&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery, Fragment: u.Fragment})
	if !strings.HasSuffix(u.Path, "/") {
		u.Path, u.RawPath = u.Path+"/", u.EscapedPath()+"/"
	}
	return u.String()
}

var escaped = regexp.MustCompile("%[0-9A-Fa-f]{2}")

// normalEscapes decodes the escapes of unreserved characters, and writes the others in upper case.
func normalEscapes(text string) string {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	return escaped.ReplaceAllStringFunc(text, func(escape string) string {
		code, _ := strconv.ParseUint(escape[1:], 16, 8)
		if strings.IndexByte(unreserved, byte(code)) >= 0 {
			return string(rune(code))
		}
		return strings.ToUpper(escape)
	})
}

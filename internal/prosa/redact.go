package prosa

import (
	"cmp"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

const redacted = "(redacted)"

// shortSecret is the length below which a secret is only replaced where it stands as a word of its own: a header
// value such as "1" would otherwise take every number apart.
const shortSecret = 8

// redactor replaces what must never be shown. Its zero value knows no secrets.
type redactor struct {
	mu    sync.RWMutex
	long  []string       // spellings of secrets, longest first
	short []string       // likewise, those below shortSecret
	words *regexp.Regexp // the short ones, or nil
}

// hide adds a secret, in the spellings in which an answer or an error can hold it.
func (r *redactor) hide(secret string) {
	if secret == "" {
		return
	}
	quoted, _ := json.Marshal(secret)
	inJSON := string(quoted[1 : len(quoted)-1])
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, spelling := range []string{secret, inJSON, html.EscapeString(secret), url.QueryEscape(secret), url.PathEscape(secret)} {
		if len(spelling) >= shortSecret {
			r.long = insertByLength(r.long, spelling)
		} else {
			r.short = insertByLength(r.short, spelling)
			r.words = wordsOf(r.short)
		}
	}
}

// insertByLength keeps list sorted, longest first, each spelling once.
func insertByLength(list []string, spelling string) []string {
	at, found := slices.BinarySearchFunc(list, spelling, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b))
	})
	if found {
		return list
	}
	return slices.Insert(list, at, spelling)
}

func wordsOf(spellings []string) *regexp.Regexp {
	quoted := make([]string, len(spellings))
	for i, spelling := range spellings {
		quoted[i] = regexp.QuoteMeta(spelling)
	}
	return regexp.MustCompile(`(^|[^\pL\pN])(?:` + strings.Join(quoted, "|") + `)($|[^\pL\pN])`)
}

// redact replaces every known secret in text.
func (r *redactor) redact(text string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, secret := range r.long {
		text = strings.ReplaceAll(text, secret, redacted)
	}
	if r.words != nil {
		text = r.words.ReplaceAllString(text, "${1}"+redacted+"${2}")
	}
	return text
}

var (
	// keyField is a signing key in a body that could not be read, cut off or not.
	keyField = regexp.MustCompile(`(?i)("(?:secret_?)?key"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s,}\]]+)`)
	// token is anything that could be a key: long, without a space.
	token = regexp.MustCompile(`[A-Za-z0-9+/_=-]{20,}`)
	uuids = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

// redactBody is redact for a body that the API sent: it may hold keys that nobody has seen yet.
func (r *redactor) redactBody(body string) string {
	body = keyField.ReplaceAllString(r.redact(body), `${1}"`+redacted+`"`)
	return token.ReplaceAllStringFunc(body, func(word string) string {
		if uuids.MatchString(word) {
			return word
		}
		return redacted
	})
}

package prosa

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf16"
)

const redacted = "(redacted)"

// shortSecret is the length below which a secret is only replaced where it stands as a word of its own: a header
// value such as "1" would otherwise take every number apart.
const shortSecret = 8

// maxCoded is the length up to which a secret is looked for in every spelling: what the API calls a key can have any.
const maxCoded = 256

// redactor replaces what must never be shown. Its zero value knows no secrets.
type redactor struct {
	mu    sync.RWMutex
	known map[string]bool
	coded []codedSecret  // those that can be spelled in several ways, longest first
	plain []string       // those that are replaced as they are, longest first
	short []string       // those below shortSecret, longest first
	words *regexp.Regexp // the short ones, or nil
}

type codedSecret struct {
	secret  string
	pattern *regexp.Regexp
}

// hide adds a secret, in the spellings in which an answer or an error can hold it.
func (r *redactor) hide(secret string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if secret == "" || r.known[secret] {
		return
	}
	if r.known == nil {
		r.known = map[string]bool{}
	}
	r.known[secret] = true
	longestFirst := func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) }
	switch {
	case len(secret) < shortSecret:
		r.short = append(r.short, spelled(secret))
		slices.SortFunc(r.short, longestFirst)
		r.words = regexp.MustCompile(`(^|[^\pL\pN])(?:` + strings.Join(r.short, "|") + `)($|[^\pL\pN])`)
	case len(secret) > maxCoded || !strings.ContainsFunc(secret, isCoded):
		quoted, _ := json.Marshal(secret)
		for _, spelling := range []string{secret, string(quoted[1 : len(quoted)-1])} { // a run can see thousands
			if at, found := slices.BinarySearchFunc(r.plain, spelling, longestFirst); !found {
				r.plain = slices.Insert(r.plain, at, spelling)
			}
		}
	default:
		r.coded = append(r.coded, codedSecret{secret, regexp.MustCompile(spelled(secret))})
		slices.SortFunc(r.coded, func(a, b codedSecret) int { return longestFirst(a.secret, b.secret) })
	}
}

// isCoded says whether some encoding writes a character in another way.
func isCoded(r rune) bool {
	return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~", r)
}

// spelled is a pattern for a secret as it is, in JSON, in HTML, and in URLs. Each character may be encoded or not, as
// no two encoders agree on which of them must be.
func spelled(secret string) string {
	var b strings.Builder
	for _, r := range secret {
		if !isCoded(r) {
			b.WriteString(regexp.QuoteMeta(string(r)))
			continue
		}
		fmt.Fprintf(&b, `(?:\\*%s|&#0*%d;|(?i:&#x0*%x;)`, regexp.QuoteMeta(string(r)), r, r)
		b.WriteString(`|(?i:`)
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\\+u%04x`, unit)
		}
		b.WriteByte('|')
		for _, octet := range []byte(string(r)) {
			fmt.Fprintf(&b, `%%%02x`, octet)
		}
		b.WriteByte(')')
		if name := otherSpellings[r]; name != "" {
			b.WriteString("|" + name)
		}
		b.WriteByte(')')
	}
	return b.String()
}

var otherSpellings = map[rune]string{
	'&': `&amp;`, '<': `&lt;`, '>': `&gt;`, '"': `&quot;`, '\'': `&apos;`, ' ': `\+`,
	'\n': `\\+n`, '\r': `\\+r`, '\t': `\\+t`, '\b': `\\+b`, '\f': `\\+f`,
}

// redact replaces every known secret in text.
func (r *redactor) redact(text string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, secret := range r.coded {
		text = secret.pattern.ReplaceAllLiteralString(text, redacted)
	}
	for _, secret := range r.plain {
		text = strings.ReplaceAll(text, secret, redacted)
	}
	if r.words != nil { // twice: of two that stand together, the first takes the character between them
		for range 2 {
			text = r.words.ReplaceAllString(text, "${1}"+redacted+"${2}")
		}
	}
	return text
}

var (
	// keyField is a signing key in a body that could not be read, cut off or not.
	keyField = regexp.MustCompile(`(?i)("(?:secret_?)?key"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s,}\]]+)`)
	// token is anything that could be a key: long, without a space.
	token = regexp.MustCompile(`[A-Za-z0-9+/_=-]{20,}`)
	// prosaKey is what Prosa's own keys look like.
	prosaKey = regexp.MustCompile(`\b[0-9a-fA-F]{64}\b`)
	uuids    = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
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

// redactMessage is redact for the API's own words, in which little else is as long as a key that nobody has seen yet.
func (r *redactor) redactMessage(text string) string {
	text = keyField.ReplaceAllString(r.redact(text), `${1}"`+redacted+`"`)
	return prosaKey.ReplaceAllLiteralString(text, redacted)
}

// redactPlace is redactBody for a URL; of that it leaves out what is not about the place.
func (r *redactor) redactPlace(place *url.URL) string {
	elements := strings.Split(place.EscapedPath(), "/")
	for i, element := range elements {
		elements[i] = r.redactBody(element)
	}
	return r.redact(place.Scheme + "://" + place.Host + strings.Join(elements, "/"))
}

package prosa

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/uuid"
)

const redacted = "(redacted)"

// shortSecret is the length from which a secret is redacted even within a word. Shorter secrets, such as the header value
// "1", are redacted only as whole words.
const shortSecret = 8

// redactor replaces secrets in texts. The zero value is ready. A run can see thousands of keys, so the cost does not depend
// on their number. Short secrets are few, and are tried one by one.
type redactor struct {
	mu        sync.RWMutex
	spellings map[string]bool // of all secrets but the short ones
	lengths   []int           // of the spellings, longest first
	heads     map[string]bool // the first shortSecret bytes of each spelling
	words     []string        // spellings of short secrets
}

// hide adds a secret, in all encodings in which a response or an error can contain it.
func (r *redactor) hide(secret string) {
	if secret == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.spellings[secret] || slices.Contains(r.words, secret) {
		return
	}
	for _, spelling := range spellingsOf(secret) {
		if len(secret) < shortSecret {
			r.words = append(r.words, spelling)
			continue
		}
		if r.spellings == nil {
			r.spellings, r.heads = map[string]bool{}, map[string]bool{}
		}
		r.spellings[spelling] = true
		r.heads[spelling[:shortSecret]] = true
		if !slices.Contains(r.lengths, len(spelling)) {
			r.lengths = append(r.lengths, len(spelling))
			slices.SortFunc(r.lengths, func(a, b int) int { return b - a })
		}
	}
}

// spellingsOf returns a secret in all encodings: JSON, HTML, URL and none, each also without the white space around it.
func spellingsOf(secret string) []string {
	var list []string
	for _, s := range []string{secret, strings.TrimSpace(secret)} {
		list = append(list, s)
		for _, escapeHTML := range []bool{true, false} {
			quoted := inJSON(s, escapeHTML)
			list = append(list, quoted, inASCII(quoted), strings.ReplaceAll(quoted, "/", `\/`), inJSON(quoted, escapeHTML))
		}
		escaped := html.EscapeString(s)
		list = append(list, escaped, strings.NewReplacer("&#34;", "&quot;", "&#39;", "&apos;").Replace(escaped),
			strings.NewReplacer("&#34;", "&quot;", "&#39;", "&#x27;").Replace(escaped))
		query := url.QueryEscape(s)
		for _, coded := range []string{query, strings.ReplaceAll(query, "+", "%20"), url.PathEscape(s)} {
			list = append(list, coded, percentCode.ReplaceAllStringFunc(coded, strings.ToLower))
		}
	}
	shortest := max(1, min(len(secret), shortSecret))
	list = slices.DeleteFunc(list, func(s string) bool { return len(s) < shortest })
	slices.Sort(list)
	return slices.Compact(list)
}

var percentCode = regexp.MustCompile(`%[0-9A-F]{2}`)

func inJSON(text string, escapeHTML bool) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(escapeHTML)
	_ = encoder.Encode(text) // a string can always be encoded
	quoted := strings.TrimSuffix(b.String(), "\n")
	return quoted[1 : len(quoted)-1]
}

// inASCII escapes the non-ASCII characters of a JSON string, as many encoders do.
func inASCII(quoted string) string {
	var b strings.Builder
	for _, char := range quoted {
		if char < utf8.RuneSelf {
			b.WriteRune(char)
			continue
		}
		for _, unit := range utf16.Encode([]rune{char}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// redact replaces all known secrets in text.
func (r *redactor) redact(text string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var b strings.Builder
	copied := 0
	for at := 0; at < len(text); {
		n := r.secretAt(text, at)
		if n == 0 {
			at++
			continue
		}
		b.WriteString(text[copied:at])
		b.WriteString(redacted)
		at += n
		copied = at
	}
	if copied == 0 {
		return text
	}
	b.WriteString(text[copied:])
	return b.String()
}

// secretAt returns the length of the secret that begins at text[at], or 0.
func (r *redactor) secretAt(text string, at int) int {
	rest := text[at:]
	if len(rest) >= shortSecret && r.heads[rest[:shortSecret]] {
		for _, length := range r.lengths {
			if length <= len(rest) && r.spellings[rest[:length]] {
				return length
			}
		}
	}
	longest := 0
	for _, word := range r.words {
		if len(word) > longest && strings.HasPrefix(rest, word) && isWord(text, at, at+len(word)) {
			longest = len(word)
		}
	}
	return longest
}

// isWord reports whether text[from:to] is between characters that are neither letters nor digits.
func isWord(text string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:from])
	after, _ := utf8.DecodeRuneInString(text[to:])
	return !partOfWord(before) && !partOfWord(after)
}

func partOfWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

var (
	// keyField is a signing key in JSON, which may be cut off.
	keyField = regexp.MustCompile(`(?i)("(?:secret_?)?key"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s,}\]]+)`)
	// token is any long text that may be a key.
	token = regexp.MustCompile(`[A-Za-z0-9+/_=-]{20,}`)
	// prosaKey is a key that Prosa generated.
	prosaKey = regexp.MustCompile(`\b[0-9a-fA-F]{64}\b`)
)

// redactBody is redact for the body of a response, which may contain unknown keys.
func (r *redactor) redactBody(body string) string {
	body = keyField.ReplaceAllString(r.redact(body), `${1}"`+redacted+`"`)
	return token.ReplaceAllStringFunc(body, func(word string) string {
		if len(word) == 36 && uuid.Validate(word) == nil { // an id
			return word
		}
		return redacted
	})
}

// quote returns the first line of a body for an error. Of a body that was cut off, it uses only the first half, because a
// secret at the end may be incomplete and would not be recognized.
func (r *redactor) quote(body []byte, cut bool) string {
	text := r.redactBody(string(body))
	if cut {
		text = text[:len(text)/2]
	}
	return firstLine(text)
}

// redactMessage is redact for the API's messages, which may contain unknown keys. It redacts less than redactBody, so
// that URLs and names stay readable.
func (r *redactor) redactMessage(text string) string {
	text = keyField.ReplaceAllString(r.redact(text), `${1}"`+redacted+`"`)
	return prosaKey.ReplaceAllLiteralString(text, redacted)
}

// redactURL is redactBody for a URL. It removes user info, query and fragment.
func (r *redactor) redactURL(u *url.URL) string {
	elements := strings.Split(u.EscapedPath(), "/")
	for i, element := range elements {
		elements[i] = r.redactBody(element)
	}
	return r.redact(u.Scheme + "://" + u.Host + strings.Join(elements, "/"))
}

// A receiver of Prosa's webhooks: go run receiver.go
//
// PROSA_SIGNING_KEYS_FILE names a file with the signing keys, one a line; it is read for each delivery, so that a new key needs
// no restart. Without it, PROSA_SIGNING_KEYS has the keys, one a line. PORT is where it listens: 8000.
package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	tolerance = 5 * time.Minute // between the time in a signature and this machine's clock, either way
	maxBody   = 16 << 20        // a long transcript is a few MiB
)

func main() {
	keys, err := signingKeys()
	if err != nil {
		log.Fatal(err)
	}
	if len(keys) == 0 {
		log.Fatal("There are no signing keys in PROSA_SIGNING_KEYS_FILE or PROSA_SIGNING_KEYS.")
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:"+cmp.Or(os.Getenv("PORT"), "8000"))
	if err != nil {
		log.Fatal(err)
	}
	r := &receiver{seen: map[[sha256.Size]byte]bool{}, queue: make(chan delivery, 1000)}
	go r.work()
	http.HandleFunc("POST /prosa-webhook", r.receive)
	fmt.Printf("listening on http://%s/prosa-webhook\n", listener.Addr())
	server := &http.Server{ReadTimeout: 30 * time.Second}
	log.Fatal(server.Serve(listener))
}

// signingKeys are the keys that Prosa may sign with now: more than one while a key is rotated.
func signingKeys() ([]string, error) {
	text := os.Getenv("PROSA_SIGNING_KEYS")
	if file := os.Getenv("PROSA_SIGNING_KEYS_FILE"); file != "" {
		content, err := os.ReadFile(file) //nolint:gosec // whoever starts this program says where its keys are
		if err != nil {
			return nil, err
		}
		text = string(content)
	}
	var keys []string
	for line := range strings.Lines(text) {
		if key := strings.TrimSpace(line); key != "" { // anybody can sign with an empty key
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// verify says why a delivery must not be believed; nil when any of the keys made any of its signatures.
func verify(header string, body []byte, keys []string, now time.Time) error {
	var sent time.Time
	var signatures []string
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			seconds, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return errors.New("the time in its signature is no number")
			}
			sent = time.Unix(seconds, 0)
		case "v1":
			signatures = append(signatures, value)
		}
	}
	if sent.IsZero() || len(signatures) == 0 {
		return errors.New("it has no signature")
	}
	if sent.Before(now.Add(-tolerance)) || sent.After(now.Add(tolerance)) {
		return errors.New("its signature is too old, or of the future")
	}
	for _, key := range keys {
		sum := sha256.Sum256(append([]byte(key+"."), body...)) // not an HMAC
		expected := []byte(hex.EncodeToString(sum[:]))
		for _, signature := range signatures {
			if subtle.ConstantTimeCompare(expected, []byte(signature)) == 1 {
				return nil
			}
		}
	}
	return errors.New("no key of ours made its signature")
}

// delivery is one that is believed.
type delivery struct {
	eventType, eventID string
	body               []byte
}

type receiver struct {
	queue chan delivery

	mu   sync.Mutex
	seen map[[sha256.Size]byte]bool // what was taken already; a real receiver has this in its database
}

// receive answers at once. What takes long is done by work.
func (r *receiver) receive(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxBody)) // as it was sent: the signature is of these bytes
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "its body is too long, or was cut off")
		return
	}
	keys, err := signingKeys()
	if err != nil {
		refuse(w, http.StatusInternalServerError, "the keys cannot be read") // Prosa notes a failure, and can send it again
		return
	}
	if err := verify(request.Header.Get("x-prosa-signature"), body, keys, time.Now()); err != nil {
		refuse(w, http.StatusUnauthorized, err.Error())
		return
	}
	if !json.Valid(body) { // whoever has a signature can make one for the same body with more bytes after it
		refuse(w, http.StatusBadRequest, "its body is not one JSON value")
		return
	}
	if !r.take(delivery{request.Header.Get("x-prosa-event"), request.Header.Get("x-prosa-event-uuid"), body}) {
		refuse(w, http.StatusServiceUnavailable, "there is too much to do")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// take notes a delivery for work, once, whatever its headers say: of a delivery only the body is signed. It is false when there
// is no room for more.
func (r *receiver) take(d delivery) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	digest := sha256.Sum256(d.body)
	if r.seen[digest] {
		log.Printf("event %q was taken before", d.eventID)
		return true
	}
	select {
	case r.queue <- d:
		r.seen[digest] = true
		return true
	default:
		return false
	}
}

func (r *receiver) work() {
	for d := range r.queue {
		log.Printf("event %q of type %q: %d bytes", d.eventID, d.eventType, len(d.body))
	}
}

func refuse(w http.ResponseWriter, status int, why string) {
	log.Printf("refused with %d: %s", status, why)
	w.WriteHeader(status)
}

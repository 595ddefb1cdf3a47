// A receiver of Prosa's webhooks: go run receiver.go
//
// PROSA_SIGNING_KEYS_FILE names a file with one signing key per line. It is read for each delivery, so a new key needs
// no restart. Without it, PROSA_SIGNING_KEYS contains the keys, one per line. PORT is the port to listen on (8000).
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
	tolerance = 5 * time.Minute // between the time of a signature and the clock of this machine
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

// signingKeys returns the active keys: more than one during a rotation.
func signingKeys() ([]string, error) {
	text := os.Getenv("PROSA_SIGNING_KEYS")
	if file := os.Getenv("PROSA_SIGNING_KEYS_FILE"); file != "" {
		content, err := os.ReadFile(file) //nolint:gosec // the user who starts the program chooses the file
		if err != nil {
			return nil, err
		}
		text = string(content)
	}
	var keys []string
	for line := range strings.Lines(text) {
		if key := strings.TrimSpace(line); key != "" { // anyone can sign with an empty key
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// verify returns nil if any key matches any signature in the header, and otherwise the reason to reject the delivery.
func verify(header string, body []byte, keys []string, now time.Time) error {
	var sent time.Time
	var signatures []string
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			seconds, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return errors.New("the time of the signature is not a number")
			}
			sent = time.Unix(seconds, 0)
		case "v1":
			signatures = append(signatures, value)
		}
	}
	if sent.IsZero() || len(signatures) == 0 {
		return errors.New("there is no signature")
	}
	if sent.Before(now.Add(-tolerance)) || sent.After(now.Add(tolerance)) {
		return errors.New("the time of the signature is more than five minutes away")
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
	return errors.New("no signing key matches the signature")
}

// delivery is a verified delivery.
type delivery struct {
	eventType, eventID string
	body               []byte
}

type receiver struct {
	queue chan delivery

	mu   sync.Mutex
	seen map[[sha256.Size]byte]bool // accepted already; keep this in a database in production
}

// receive responds immediately. Slow work belongs in work.
func (r *receiver) receive(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxBody)) // the raw bytes: the signature covers these
	if err != nil {
		reject(w, http.StatusRequestEntityTooLarge, "the body is too long or incomplete")
		return
	}
	keys, err := signingKeys()
	if err != nil {
		reject(w, http.StatusInternalServerError, "the keys cannot be read") // Prosa records a failure, and can replay it
		return
	}
	if err := verify(request.Header.Get("x-prosa-signature"), body, keys, time.Now()); err != nil {
		reject(w, http.StatusUnauthorized, err.Error())
		return
	}
	if !json.Valid(body) { // an attacker can extend a signed body without the key
		reject(w, http.StatusBadRequest, "the body is not a single JSON value")
		return
	}
	if !r.take(delivery{request.Header.Get("x-prosa-event"), request.Header.Get("x-prosa-event-uuid"), body}) {
		reject(w, http.StatusServiceUnavailable, "the queue is full")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// take queues a delivery. It detects duplicates by their body, because the headers are not signed. It returns false if the
// queue is full.
func (r *receiver) take(d delivery) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	digest := sha256.Sum256(d.body)
	if r.seen[digest] {
		log.Printf("event %q is a duplicate", d.eventID)
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

func reject(w http.ResponseWriter, status int, why string) {
	log.Printf("rejected with %d: %s", status, why)
	w.WriteHeader(status)
}

package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// tolerance is how far the time in a signature may be from the receiver's clock.
const tolerance = 5 * time.Minute

// receiver takes webhooks as the software behind an endpoint does: what no key it knows has signed, it turns away.
type receiver struct {
	now func() time.Time

	mu   sync.Mutex
	keys []string
	got  []delivery
}

// delivery is a webhook that was received, and what the receiver answered.
type delivery struct {
	eventType string
	signature string
	body      []byte
	status    int
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, 1<<20))
	if err != nil {
		http.Error(w, "the body cannot be read", http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	d := delivery{eventType: req.Header.Get("x-prosa-event"), signature: req.Header.Get("x-prosa-signature"), body: body, status: http.StatusNoContent}
	if err := verify(d.signature, body, r.keys, r.now()); err != nil {
		d.status = http.StatusUnauthorized
	}
	r.got = append(r.got, d)
	w.WriteHeader(d.status)
}

// learn replaces the keys that the receiver knows.
func (r *receiver) learn(keys []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys = keys
}

// known are the keys that the receiver knows.
func (r *receiver) known() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keys
}

// received are all the webhooks so far.
func (r *receiver) received() []delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]delivery(nil), r.got...)
}

// verify says why a webhook must not be believed; nil when any of the keys made any of its signatures.
func verify(header string, body []byte, keys []string, now time.Time) error {
	at, signatures, err := parseSignature(header)
	if err != nil {
		return err
	}
	if age := now.Sub(at).Abs(); age > tolerance {
		return fmt.Errorf("it was signed %s away from now", age.Round(time.Second))
	}
	for _, key := range keys {
		sum := sha256.Sum256(append([]byte(key+"."), body...))
		want := []byte(hex.EncodeToString(sum[:]))
		for _, signature := range signatures {
			if subtle.ConstantTimeCompare(want, []byte(signature)) == 1 {
				return nil
			}
		}
	}
	return fmt.Errorf("none of %d keys made any of its %d signatures", len(keys), len(signatures))
}

// parseSignature reads t=<unix seconds>,v1=<hex>[,v1=<hex>…].
func parseSignature(header string) (at time.Time, signatures []string, err error) {
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			seconds, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return at, nil, errors.New("the time in its signature is no number")
			}
			at = time.Unix(seconds, 0)
		case "v1":
			signatures = append(signatures, value)
		}
	}
	if at.IsZero() || len(signatures) == 0 {
		return at, nil, errors.New("it has no signature")
	}
	return at, signatures, nil
}

package prosa

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// pingAccount is what the API keeps for one key, as far as test events are concerned. Times of its pings are relative
// to begun, which is when the first test event is asked for unless a test sets it.
type pingAccount struct {
	outcomes []ping // of the test events that are asked for, in order; the last one counts for all further ones
	beside   []ping // of others, sent in the middle of the first request
	others   []ping // of others
	tag      string // what a ticket's tag is: "" nothing else, "delivery" or "event"

	eventsStatus  int           // of a listing of events; 0: 200
	hideEvents    bool          // events of tests are not listed
	eventLag      time.Duration // events are listed so much later
	hideHeaders   bool          // deliveries are listed without their headers, those of jobs as well
	testAnswer    http.HandlerFunc
	listingAnswer func(nth int) http.HandlerFunc // nil, or nil for one listing of deliveries: as it should be

	mu       sync.Mutex
	begun    time.Time
	asked    int
	listings int
	pings    []ping
}

// ping is a test event and its delivery.
type ping struct {
	endpoint string        // empty: idA
	sent     time.Duration // after the account has begun
	listed   time.Duration // after it was sent; negative: never
	answered time.Duration // after it was sent; negative: never
	status   int
	again    []int // statuses of further deliveries of the same event; 0: not answered
	event    string
}

func pingID(kind, n int) string { return fmt.Sprintf("00000000-0000-4000-%04d-%012d", 8000+kind, n) }

func (a *pingAccount) begin() {
	if a.begun.IsZero() {
		a.begun = time.Now()
	}
	for _, p := range a.others {
		a.add(p)
	}
	a.others = nil
}

func (a *pingAccount) add(p ping) int {
	n := len(a.pings) + 1
	if p.endpoint == "" {
		p.endpoint = idA
	}
	if p.event == "" {
		p.event = pingID(1, n)
	}
	a.pings = append(a.pings, p)
	return n
}

func (a *pingAccount) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	path := strings.Split(strings.TrimPrefix(r.URL.Path, "/v2/speech/webhooks/"), "/")
	switch {
	case r.Method == http.MethodPost:
		a.test(w, r, path[1])
	case path[0] == "events":
		a.listEvents(w, r)
	case len(path) == 3:
		a.listDeliveries(w, r, path[1])
	default:
		entry := `{"id":%q,"url":"` + hookURL + `","event_filters":[],"ssl_verification":true}`
		reply(200, fmt.Sprintf("["+entry+","+entry+"]", idA, idB))(w, r)
	}
}

func (a *pingAccount) test(w http.ResponseWriter, r *http.Request, endpoint string) {
	if a.testAnswer != nil {
		a.testAnswer(w, r)
		return
	}
	a.begin()
	for _, p := range a.beside {
		a.add(p)
	}
	a.beside = nil
	own := a.outcomes[min(a.asked, len(a.outcomes)-1)]
	a.asked++
	own.endpoint, own.sent = endpoint, time.Since(a.begun)
	n := a.add(own)
	tag := map[string]string{"": pingID(3, n), "delivery": pingID(2, n), "event": pingID(1, n)}[a.tag]
	reply(200, fmt.Sprintf(`{"delivery_tag":%q,"endpoint_id":%q,"url":%q}`, tag, endpoint, hookURL))(w, r)
}

func (a *pingAccount) listEvents(w http.ResponseWriter, r *http.Request) {
	if a.eventsStatus != 0 {
		reply(a.eventsStatus, `{"status":"forbidden","message":"no events for you"}`)(w, r)
		return
	}
	listed := []string{fmt.Sprintf(`{"id":%q,"event_type":"stt.jobs.completed","created_at":"2000-01-01T00:00:00Z"}`, idC)}
	for _, p := range a.pings {
		created := a.begun.Add(p.sent)
		if !a.hideEvents && a.since(r, created) && time.Since(created) >= a.eventLag {
			listed = append(listed, fmt.Sprintf(`{"id":%q,"event_type":"webhook.ping","created_at":%q}`, p.event, created.UTC().Format(time.RFC3339)))
		}
	}
	slices.Reverse(listed)
	reply(200, "["+strings.Join(listed, ",")+"]")(w, r)
}

func (a *pingAccount) listDeliveries(w http.ResponseWriter, r *http.Request, endpoint string) {
	a.listings++
	if a.listingAnswer != nil {
		if answer := a.listingAnswer(a.listings); answer != nil {
			answer(w, r)
			return
		}
	}
	listed := []string{delivery(idC, idC, endpoint, time.Now(), "stt.jobs.completed", 500)}
	if a.hideHeaders { // a job's that is new each time
		listed = append(listed, delivery(pingID(8, a.listings), pingID(9, a.listings), endpoint, time.Now(), "stt.jobs.completed", 500))
	}
	for i, p := range a.pings {
		sent := a.begun.Add(p.sent)
		if p.endpoint != endpoint || p.listed < 0 || time.Since(sent) < p.listed || !a.since(r, sent) {
			continue
		}
		status := 0
		if p.answered >= 0 && time.Since(sent) >= p.answered {
			status = p.status
		}
		listed = append(listed, delivery(pingID(2, i+1), p.event, endpoint, sent, PingEvent, status))
		for n, status := range p.again {
			listed = append(listed, delivery(pingID(4+n, i+1), p.event, endpoint, sent.Add(time.Second), PingEvent, status))
		}
	}
	body := "[" + strings.Join(listed, ",") + "]"
	if a.hideHeaders {
		body = headers.ReplaceAllString(body, `"request_headers":null`)
	}
	reply(200, body)(w, r)
}

var headers = regexp.MustCompile(`"request_headers":\{[^}]*\}`)

func (a *pingAccount) since(r *http.Request, at time.Time) bool {
	return at.UTC().Format(time.DateOnly) >= r.URL.Query().Get("from_date") && !at.After(time.Now())
}

func delivery(id, event, endpoint string, at time.Time, eventType string, status int) string {
	answer := "null"
	if status != 0 {
		answer = fmt.Sprint(status)
	}
	return fmt.Sprintf(`{"delivery_id":%q,"event_id":%q,"endpoint_id":%q,"delivery":%q,"request_method":"POST","request_headers":{"X-Prosa-Event":%q},"response_status":%s}`,
		id, event, endpoint, at.UTC().Format(time.RFC3339), eventType, answer)
}

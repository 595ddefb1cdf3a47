package prosa

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
)

// rows is a JSON list that is written while it is read, so that no more of it is in memory than its reader keeps.
type rows struct {
	count int
	write func(text []byte, i int) []byte
	each  func(i int) // before each row; nil: nothing

	next int
	text []byte
	rest []byte
}

func (r *rows) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		if r.next > r.count {
			return 0, io.EOF
		}
		r.text = r.text[:0]
		switch {
		case r.next == r.count:
			r.text = append(r.text, ']')
		default:
			if r.each != nil {
				r.each(r.next)
			}
			r.text = append(r.text, "[,"[min(r.next, 1)])
			r.text = r.write(r.text, r.next)
		}
		r.next++
		r.rest = r.text
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// answeredWith is a client whose every request gets such a list.
func answeredWith(t testing.TB, answer func() *rows) *Client {
	t.Helper()
	c, err := New(Config{BaseURL: "https://api.test", APIKey: testKey, Transport: transport(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(answer()), Request: r}, nil
	})})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func writeEndpoint(text []byte, i int) []byte {
	return fmt.Appendf(text, `{"id":"00000000-0000-4000-8000-%012d","url":"https://example.com/hooks/%d","event_filters":["stt.jobs.completed"],"ssl_verification":true}`, i, i)
}

// writeDelivery writes one that failed, and then so many that did not.
func writeDelivery(succeeded int) func(text []byte, i int) []byte {
	return func(text []byte, i int) []byte {
		status := 200
		if i%(succeeded+1) == 0 {
			status = 503
		}
		return fmt.Appendf(text, `{"delivery_id":"00000000-0000-4000-8000-%012d","event_id":"%s","endpoint_id":"%s","delivery":"2030-01-02T03:04:05.%06dZ","request_method":"POST",`+
			`"request_headers":{"x-prosa-event":"stt.jobs.completed"},"request_body":null,"response_status":%d,"response_headers":null,"response_body":null,"elapsed_time":0.25}`,
			i, idB, idA, i, status)
	}
}

// held returns the bytes that are reachable now.
func held() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// streamed is what a query of the deliveries has in memory, in bytes: at most while it reads the answer, and in the end.
type streamed struct {
	most, kept int64
	report     DeliveryReport
}

// stream measures 20 times on the way. The tests that use it do not run in parallel with others, whose memory they
// would count as theirs.
func stream(t *testing.T, q DeliveryQuery, count int, write func([]byte, int) []byte) (s streamed) {
	t.Helper()
	var before int64
	c := answeredWith(t, func() *rows {
		return &rows{count: count, write: write, each: func(i int) {
			if i == 0 {
				before = held()
			} else if i%(count/20) == count/20-1 {
				s.most = max(s.most, held()-before)
			}
		}}
	})
	q.EndpointID = idA
	report, err := c.ListDeliveries(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	s.report = report
	s.kept = held() - before
	runtime.KeepAlive(report)
	return s
}

func TestAnAnswerIsNotHeldWhole(t *testing.T) {
	const count = 100_000
	s := stream(t, DeliveryQuery{FailedOnly: true}, count, writeDelivery(19))
	equal(t, "deliveries, total, failed", []int64{int64(len(s.report.Deliveries)), s.report.TotalCount, s.report.FailedCount}, []int64{count / 20, count, count / 20})
	t.Logf("kept %d bytes, held %d at most", s.kept, s.most)
	if s.most >= 3*s.kept {
		t.Errorf("%d bytes were held at a time, of which %d are kept", s.most, s.kept)
	}
}

func TestALimitBoundsWhatIsHeld(t *testing.T) {
	few := stream(t, DeliveryQuery{Limit: 10}, 5_000, writeDelivery(1))
	many := stream(t, DeliveryQuery{Limit: 10}, 50_000, writeDelivery(1))
	equal(t, "deliveries, total", []int64{int64(len(many.report.Deliveries)), many.report.TotalCount}, []int64{10, 50_000})
	t.Logf("held %d bytes of 5,000, %d of 50,000", few.most, many.most)
	if many.most > few.most*3/2 {
		t.Errorf("%d bytes were held of ten times as many deliveries, and %d before", many.most, few.most)
	}
}

func TestBodiesThatAreNotWantedAreNotHeld(t *testing.T) {
	body := `"` + strings.Repeat("x", 100_000) + `"`
	write := func(text []byte, i int) []byte {
		return append(text, sent(i, "2030-01-02T03:04:05Z", `"request_body":`+body, `"response_body":`+body)...)
	}
	s := stream(t, DeliveryQuery{}, 200, write)
	equal(t, "deliveries", len(s.report.Deliveries), 200)
	t.Logf("held %d bytes", s.most)
	if s.most > 20*int64(len(body)) {
		t.Errorf("%d bytes were held at a time, for bodies of %d", s.most, len(body))
	}
	with := stream(t, DeliveryQuery{IncludeBodies: true}, 200, write)
	if with.kept < 200*2*int64(len(body)) {
		t.Errorf("bodies that are wanted take %d bytes: this measures nothing", with.kept)
	}
}

func BenchmarkListEndpoints(b *testing.B) {
	const count = 5_000
	c := answeredWith(b, func() *rows { return &rows{count: count, write: writeEndpoint} })
	b.ReportAllocs()
	for b.Loop() {
		if endpoints, err := c.ListEndpoints(b.Context()); err != nil || len(endpoints) != count {
			b.Fatal(len(endpoints), err)
		}
	}
}

// BenchmarkLookupEndpoint looks every endpoint up, in a listing that is there already.
func BenchmarkLookupEndpoint(b *testing.B) {
	for _, count := range []int{1, 500, 5_000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			c := answeredWith(b, func() *rows { return &rows{count: count, write: writeEndpoint} })
			endpoints, err := c.SharedEndpoints(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := c.LookupEndpoint(b.Context(), endpoints[i%count].ID); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkListDeliveries(b *testing.B) {
	const count = 100_000
	for name, q := range map[string]DeliveryQuery{"all": {}, "failed only": {FailedOnly: true}, "limit 100": {Limit: 100}} {
		b.Run(name, func(b *testing.B) {
			c := answeredWith(b, func() *rows { return &rows{count: count, write: writeDelivery(19)} })
			q.EndpointID = idA
			b.ReportAllocs()
			for b.Loop() {
				if report, err := c.ListDeliveries(b.Context(), q); err != nil || report.TotalCount != count {
					b.Fatal(report.TotalCount, err)
				}
			}
		})
	}
}

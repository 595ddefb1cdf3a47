package prosa

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

// respondList responds with a JSON list of count elements, which it writes one by one.
func respondList(count int, element func(i int) string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		separator := "["
		for i := range count {
			_, _ = fmt.Fprint(w, separator, element(i))
			separator = ","
		}
		_, _ = fmt.Fprint(w, "]")
	}
}

func endpointJSON(i int) string {
	const format = `{"id":"00000000-0000-4000-8000-%012d","url":"https://example.com/hooks/%d","event_filters":["x"],"ssl_verification":true}`
	return fmt.Sprintf(format, i, i)
}

// numberedDelivery returns delivery i. Every 20th failed.
func numberedDelivery(i int) string {
	status := 200
	if i%20 == 0 {
		status = 503
	}
	return deliveryJSON(i, fmt.Sprintf("2030-01-02T03:04:05.%06dZ", i), fmt.Sprintf(`"response_status":%d`, status))
}

// heapBytes returns the number of bytes in use after a garbage collection.
func heapBytes() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// TestListDeliveriesKeepsOnlyItsResultInMemory reads responses of up to 10 MB. It does not run in parallel, because it
// would also measure the memory of other tests.
func TestListDeliveriesKeepsOnlyItsResultInMemory(t *testing.T) {
	const count, limit = 10_000, 2 << 20
	body := `"` + strings.Repeat("x", 500) + `"`
	withBodies := func(i int) string {
		return deliveryJSON(i, "2030-01-02T03:04:05Z", `"request_body":`+body, `"response_body":`+body)
	}
	for name, row := range map[string]struct {
		query    DeliveryQuery
		element  func(i int) string
		returned int
	}{
		"failed only":    {DeliveryQuery{FailedOnly: true}, numberedDelivery, count / 20},
		"limit":          {DeliveryQuery{Limit: 10}, numberedDelivery, 10},
		"without bodies": {DeliveryQuery{Limit: 1000}, withBodies, 1000},
	} {
		before, most := heapBytes(), int64(0)
		c, _ := newClient(t, respondList(count, func(i int) string {
			if i%(count/10) == count/10-1 {
				most = max(most, heapBytes()-before)
			}
			return row.element(i)
		}), func(c *Config) { c.RequestTimeout = time.Hour })
		row.query.EndpointID = idA
		report, err := c.ListDeliveries(t.Context(), row.query)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, name+": returned, total", []int{len(report.Deliveries), int(report.TotalCount)}, []int{row.returned, count})
		if most > limit {
			t.Errorf("%s: %d bytes in memory, want at most %d", name, most, limit)
		}
	}
}

func BenchmarkListEndpoints(b *testing.B) {
	const count = 5_000
	c, _ := newClient(b, respondList(count, endpointJSON))
	b.ReportAllocs()
	for b.Loop() {
		if endpoints, err := c.ListEndpoints(b.Context()); err != nil || len(endpoints) != count {
			b.Fatal(len(endpoints), err)
		}
	}
}

func BenchmarkListDeliveries(b *testing.B) {
	const count = 100_000
	for name, q := range map[string]DeliveryQuery{"all": {}, "failed only": {FailedOnly: true}, "limit 100": {Limit: 100}} {
		b.Run(name, func(b *testing.B) {
			c, _ := newClient(b, respondList(count, numberedDelivery))
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

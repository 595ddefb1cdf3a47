package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// console prints whole lines, one at a time. But for the greeting, no line ever has a key in it: headers, bodies and
// parameters that are not the API's own are not printed.
type console struct {
	mu  sync.Mutex
	out io.Writer
}

func (c *console) print(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// There is nobody left to tell when the terminal is gone.
	_, _ = fmt.Fprintf(c.out, format+"\n", args...)
}

// welcome tells how to reach the sandbox.
func (c *console) welcome(addr net.Addr, o options) {
	key := "any"
	if len(o.apiKeys) > 0 {
		key = o.apiKeys[0]
	}
	base := "http://" + reachable(addr) + sandbox.DefaultBasePath
	c.print("The sandbox serves %s until it is interrupted (Ctrl-C), and then forgets everything. To use it, in another terminal:\n\n"+
		"  export PROSA_BASE_URL=%s\n  export PROSA_API_KEY=%s\n", base, quote(base), quote(key))
	if len(o.apiKeys) > 1 {
		c.print("Other keys, each with an account of its own: %s.\n", strings.Join(o.apiKeys[1:], ", "))
	}
}

// reachable is an address a client on this machine can use: one that listens everywhere is reached on loopback.
func reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil || !net.ParseIP(host).IsUnspecified() {
		return addr.String()
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// quote makes a word of a shell's command line.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

func (c *console) request(r sandbox.Request) {
	status := fmt.Sprint(r.Status)
	if r.Status == 0 {
		status = "connection closed"
	}
	switch {
	case r.Faulted:
		status += " (fault)"
	case r.Status == http.StatusUnauthorized:
		status += " (not the key of this sandbox: see -api-key)"
	case r.Status == http.StatusNotFound && r.Operation == sandbox.OpUnknown:
		status += " (no such path: PROSA_BASE_URL ends in " + sandbox.DefaultBasePath + ")"
	case r.Status == http.StatusTooManyRequests:
		status += " (rate limit)"
	}
	query := ""
	for _, name := range []string{"from_date", "to_date", "until_date"} {
		if day := r.Query.Get(name); day != "" {
			query += fmt.Sprintf(" %s=%q", name, day)
		}
	}
	c.print("%s  %-6s %s%s  %s", r.Time.Format(time.TimeOnly), r.Method, r.Path, query, status)
}

func (c *console) delivery(r sandbox.DeliveryRequest, result sandbox.DeliveryResult) {
	c.print("          %s", outcome(r.EventType, r.URL, result))
}

// outcome says what came of a delivery. Elsewhere than on this machine there is nobody who could have answered.
func outcome(eventType, url string, result sandbox.DeliveryResult) string {
	to := eventType + " to " + place(url)
	switch {
	case result.Status != 0:
		return fmt.Sprintf("delivered %s  %d after %s", to, result.Status, result.Elapsed.Round(time.Millisecond))
	case elsewhere(url):
		return "not delivered " + to + "  the sandbox sends to this machine only"
	default:
		return "delivered " + to + "  no answer"
	}
}

// elsewhere tells the URLs that sandbox.HTTPReceiver sends nothing to.
func elsewhere(text string) bool {
	u, err := url.Parse(text)
	return err != nil || !strings.EqualFold(u.Hostname(), "localhost") && !net.ParseIP(u.Hostname()).IsLoopback()
}

// place is a receiver's URL without what may be secret in it.
func place(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "its receiver"
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}

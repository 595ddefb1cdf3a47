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

// console prints whole lines. Only the greeting contains a key: the console prints no headers, no bodies, and no query
// parameters except dates.
type console struct {
	mu  sync.Mutex
	out io.Writer
}

func (c *console) print(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// The write fails only if the terminal is closed.
	_, _ = fmt.Fprintf(c.out, format+"\n", args...)
}

// welcome prints how to use the sandbox.
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

// reachable returns an address that a client on this machine can use: for a wildcard address, the loopback address.
func reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil || !net.ParseIP(host).IsUnspecified() {
		return addr.String()
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// quote quotes a word for the shell.
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
	c.print("          %s", outcome(r.Headers["x-prosa-event"], r.URL, result))
}

// outcome describes the result of a delivery. The sandbox sends nothing to other machines.
func outcome(eventType, url string, result sandbox.DeliveryResult) string {
	to := eventType + " to " + place(url)
	switch {
	case result.Status != 0:
		return fmt.Sprintf("delivered %s  %d after %s", to, result.Status, result.Elapsed.Round(time.Millisecond))
	case !sandbox.IsLocal(url):
		return "not delivered " + to + "  the sandbox sends to this machine only"
	default:
		return "delivered " + to + "  no answer"
	}
}

// place returns a receiver's URL without its query and credentials, which can be secret.
func place(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "its receiver"
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}

package desk

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// One address that floods is told to wait, and changes nothing for others.
func TestFlood(t *testing.T) {
	w := open(t, func(c *Config) { c.Rate = 1e-9 })
	if c := w.send("GET", "/api/v1/desk", "", nil).code(t); c != "ok" {
		t.Fatal(c)
	}
	for _, path := range []string{"/api/v1/desk", "/api/v1/nonce", "/"} {
		r := w.send("GET", path, "", nil)
		if c := r.code(t); c != CodeBusy || r.head.Get("Retry-After") == "" || r.status != http.StatusTooManyRequests {
			t.Errorf("%s: %d %s", path, r.status, c)
		}
	}
}

// Networks of IPv6 share a limit, addresses of IPv4 have one each.
func TestWhoIsOneClient(t *testing.T) {
	c := newClients(1e-9)
	from := func(addr string) bool { return c.allow(&http.Request{RemoteAddr: addr}) }
	if !from("[2001:db8::1]:1") || from("[2001:db8::2]:2") {
		t.Error("two addresses of one network are two clients")
	}
	allowed := 0
	for i := range 50 {
		if from(fmt.Sprintf("192.0.2.%d:1", i)) {
			allowed++
		}
		if from(fmt.Sprintf("[::ffff:192.0.2.%d]:2", i)) {
			t.Error("an address of IPv4 is another one when it is written as one of IPv6")
		}
	}
	if allowed < 40 {
		t.Errorf("of 50 addresses %d have a limit of their own", allowed)
	}
}

// Headers beyond the limit are refused before the rest of them is read.
func TestLongHeaders(t *testing.T) {
	w := open(t)
	c, err := net.Dial("tcp", w.host)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go func() {
		_, _ = fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s\r\nX-Long: %s\r\n\r\n", w.host, strings.Repeat("a", 1<<20))
	}()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err == nil && resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", resp.StatusCode)
	}
}

// A body without a stated length is bounded all the same.
func TestEndlessBody(t *testing.T) {
	w := open(t)
	ann := w.wallet("ann")
	r, write := io.Pipe()
	go func() {
		chunk := []byte(strings.Repeat("a", 4096))
		for {
			if _, err := write.Write(chunk); err != nil {
				return
			}
		}
	}()
	req, err := http.NewRequest("POST", "http://"+w.host+"/api/v1/skip", r)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+ann.token)
	resp, err := http.DefaultClient.Do(req)
	_ = r.CloseWithError(io.EOF)
	if err != nil {
		return // the desk hung up before its answer could be read
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", resp.StatusCode)
	}
}

// The server ends with its context although a client holds a connection.
func TestServeEnds(t *testing.T) {
	w := open(t)
	c, err := net.Dial("tcp", w.host)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := fmt.Fprintf(c, "POST /api/v1/nonce HTTP/1.1\r\n"); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { w.stop(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Fatal("the server does not end")
	}
}

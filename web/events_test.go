package web

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"
)

// stream opens the event stream; its events' numbers come on the channel, which is
// closed when the stream ends.
func stream(t *testing.T, url string) (events <-chan string, code int, end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	out := make(chan string, 64)
	go func() {
		defer close(out)
		defer res.Body.Close()
		lines := bufio.NewScanner(res.Body)
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				out <- data
			}
		}
	}()
	return out, res.StatusCode, cancel
}

func next(t *testing.T, events <-chan string) string {
	t.Helper()
	select {
	case e, ok := <-events:
		if !ok {
			t.Fatal("the stream ended")
		}
		return e
	case <-time.After(10 * time.Second):
		t.Fatal("no event")
		return ""
	}
}

func TestEvents(t *testing.T) {
	site, url := serve(t, sample)
	events, code, end := stream(t, url)
	defer end()
	if code != 200 {
		t.Fatal(code)
	}
	if e := next(t, events); e != "0" {
		t.Errorf("first event %q", e)
	}
	for range 5 { // a burst becomes one event
		site.Notify()
	}
	if e := next(t, events); e != "5" {
		t.Errorf("after five changes: %q, want one event for all", e)
	}
	site.Notify()
	if e := next(t, events); e != "6" {
		t.Errorf("next event %q", e)
	}
}

func TestStreamsAreBounded(t *testing.T) {
	site, url := serve(t, sample)
	var ends []func()
	var streams []<-chan string
	for range maxStreams {
		events, code, end := stream(t, url)
		if code != 200 {
			t.Fatal(code)
		}
		next(t, events)
		ends, streams = append(ends, end), append(streams, events)
	}
	if _, code, end := stream(t, url); code != http.StatusServiceUnavailable {
		t.Errorf("one stream too many: %d", code)
		end()
	}
	if code, _, _ := get(t, url+"/?part"); code != 200 {
		t.Error("polling does not work while the streams are taken")
	}
	for _, end := range ends {
		end()
	}
	for _, s := range streams {
		for range s { // until it is closed
		}
	}
	// The server notices a moment after the client has left.
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		site.mu.Lock()
		left := site.streams
		site.mu.Unlock()
		if left == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%d streams are still counted", left)
		}
	}
}

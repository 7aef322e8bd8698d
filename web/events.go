package web

import (
	"fmt"
	"net/http"
	"time"
)

// Limits of the event streams.
const (
	maxStreams   = 32                     // open at a time; the next one polls instead
	streamPause  = 250 * time.Millisecond // least time between two events of a stream
	streamPing   = 15 * time.Second       // a comment this often shows that the stream lives
	streamWindow = 10 * time.Second       // for a reader to take what was sent
)

// events tells a page that something changed. An event carries no more than a
// number: the page then asks for its own part. So nothing queues up for a slow
// reader, and one that takes nothing for streamWindow is cut off.
func (s *Site) events(w http.ResponseWriter, r *http.Request) {
	if !s.admit() {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "too many open streams; the page asks every few seconds instead", http.StatusServiceUnavailable)
		return
	}
	defer s.release()
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	ping := time.NewTicker(streamPing)
	defer ping.Stop()
	for sent := false; ; sent = true {
		version, changed := s.state()
		text := fmt.Sprintf("id: %d\ndata: %d\n\n", version, version)
		if !sent {
			text = "retry: 2000\n" + text
		}
		if !send(w, control, text) {
			return
		}
		if !s.await(r, w, control, changed, ping.C) {
			return
		}
	}
}

// await returns when changed is closed, but not before streamPause is over; false
// when the reader is gone.
func (s *Site) await(r *http.Request, w http.ResponseWriter, control *http.ResponseController, changed <-chan struct{}, ping <-chan time.Time) bool {
	pause := time.NewTimer(streamPause)
	defer pause.Stop()
	select {
	case <-r.Context().Done():
		return false
	case <-pause.C:
	}
	for {
		select {
		case <-r.Context().Done():
			return false
		case <-changed:
			return true
		case <-ping:
			if !send(w, control, ": still here\n\n") {
				return false
			}
		}
	}
}

func send(w http.ResponseWriter, control *http.ResponseController, text string) bool {
	// Where there are no deadlines, as in a recorder, there is nothing to extend.
	_ = control.SetWriteDeadline(time.Now().Add(streamWindow))
	if _, err := fmt.Fprint(w, text); err != nil {
		return false
	}
	if control.Flush() != nil {
		return false
	}
	_ = control.SetWriteDeadline(time.Time{})
	return true
}

func (s *Site) state() (version uint64, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version, s.changed
}

func (s *Site) admit() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.streams >= maxStreams {
		return false
	}
	s.streams++
	return true
}

func (s *Site) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.streams--
}

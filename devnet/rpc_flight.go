package devnet

import (
	"bytes"
	"encoding/json"
	"errors"
	"sync"
	"time"
)

// Bounds of the calls of one socket that are not answered yet. The server runs each
// of them at once, however long it takes.
const (
	maxFlightCalls = 64
	maxFlightBytes = 4 << 20
	maxFlightWait  = 2 * time.Minute // for an answer to make room
)

var errFlight = errors.New("too many calls wait for an answer")

// flight is what a socket has asked and was not answered. Frames are answered in
// any order; the sizes are given back in the order of asking, which bounds their
// sum all the same.
type flight struct {
	mu    sync.Mutex
	sizes []int
	bytes int
	room  chan struct{} // holds a token after an answer
}

func newFlight() *flight { return &flight{room: make(chan struct{}, 1)} }

// take waits until there is room for a frame that will be answered.
func (f *flight) take(size int, done <-chan struct{}) error {
	timer := time.NewTimer(maxFlightWait)
	defer timer.Stop()
	for {
		f.mu.Lock()
		if len(f.sizes) == 0 || len(f.sizes) < maxFlightCalls && f.bytes+size <= maxFlightBytes {
			f.sizes, f.bytes = append(f.sizes, size), f.bytes+size
			f.mu.Unlock()
			return nil
		}
		f.mu.Unlock()
		select {
		case <-f.room:
		case <-timer.C:
			return errFlight
		case <-done:
			return errFlight
		}
	}
}

// answered gives back the room of a frame.
func (f *flight) answered() {
	f.mu.Lock()
	if len(f.sizes) > 0 {
		f.bytes -= f.sizes[0]
		f.sizes = f.sizes[1:]
	}
	f.mu.Unlock()
	select {
	case f.room <- struct{}{}:
	default:
	}
}

// wantsAnswer reports whether the server answers a frame: unless it is a
// notification, a response, or a batch of such.
func wantsAnswer(frame []byte) bool {
	type call struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Result json.RawMessage `json:"result"`
		Error  json.RawMessage `json:"error"`
	}
	silent := func(c call) bool {
		return c.Method != "" && c.ID == nil || c.Method == "" && (c.Result != nil || c.Error != nil)
	}
	var many []call
	if json.Unmarshal(frame, &many) == nil {
		for _, c := range many {
			if !silent(c) {
				return true
			}
		}
		return len(many) == 0
	}
	var one call
	return json.Unmarshal(frame, &one) != nil || !silent(one)
}

// isNotification reports whether what the server writes answers no call.
func isNotification(msg []byte) bool {
	return bytes.HasPrefix(msg, []byte(`{"jsonrpc":"2.0","method":"`))
}

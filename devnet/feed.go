package devnet

import "sync"

// feedBacklog is how many events a subscriber may lag behind before it misses
// some.
const feedBacklog = 16

// feed tells subscribers of events. The zero value is ready.
type feed[T any] struct {
	mu   sync.Mutex
	subs map[chan T]struct{}
}

// subscribe gives a channel on which up to backlog events wait.
func (f *feed[T]) subscribe(backlog int) chan T {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.subs == nil {
		f.subs = make(map[chan T]struct{})
	}
	ch := make(chan T, backlog)
	f.subs[ch] = struct{}{}
	return ch
}

func (f *feed[T]) unsubscribe(ch chan T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.subs, ch)
}

// send passes v to those that have room for it; it never waits.
func (f *feed[T]) send(v T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for ch := range f.subs {
		select {
		case ch <- v:
		default:
		}
	}
}

package devnet

import "sync"

// feedBacklog is how many blocks a subscriber may lag behind before it misses
// some.
const feedBacklog = 16

// feed tells subscribers of new blocks. The zero value is ready.
type feed struct {
	mu   sync.Mutex
	subs map[chan *block]struct{}
}

func (f *feed) subscribe() chan *block {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.subs == nil {
		f.subs = make(map[chan *block]struct{})
	}
	ch := make(chan *block, feedBacklog)
	f.subs[ch] = struct{}{}
	return ch
}

func (f *feed) unsubscribe(ch chan *block) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.subs, ch)
}

// send passes b to those that have room for it; it never waits.
func (f *feed) send(b *block) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for ch := range f.subs {
		select {
		case ch <- b:
		default:
		}
	}
}

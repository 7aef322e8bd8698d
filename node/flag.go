package node

import (
	"errors"
	"sync"
)

// flag is something that a node reaches once, with the reason why it has not yet.
type flag struct {
	mu  sync.Mutex
	up  bool
	why string
}

func (f *flag) set() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.up = true
}

func (f *flag) because(why string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.why = why
}

// check is a health check that fails until the flag is set.
func (f *flag) check(otherwise string) func() error {
	return func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		switch {
		case f.up:
			return nil
		case f.why != "":
			return errors.New(f.why)
		}
		return errors.New(otherwise)
	}
}

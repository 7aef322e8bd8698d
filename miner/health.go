package miner

import (
	"errors"
	"maps"
	"slices"
	"sync"
)

// health is whether the store does its duty. A kind of write that failed is
// failing until one of its kind works, for a full disk may have room for a small
// one; a store that was found corrupt stays so.
type health struct {
	mu      sync.Mutex
	failing map[string]error // by what was written
	broken  error
}

// wrote notes how a write ended.
func (h *health) wrote(what string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err == nil:
		delete(h.failing, what)
	case errors.Is(err, ErrCorrupt):
		h.broken = err
	default:
		h.failing[what] = err
	}
}

// corrupt notes a store that is not what was written.
func (h *health) corrupt(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.broken = err
}

// reason is why the store is not well, empty when it is.
func (h *health) reason() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.broken != nil {
		return h.broken.Error()
	}
	for _, what := range slices.Sorted(maps.Keys(h.failing)) {
		return h.failing[what].Error()
	}
	return ""
}

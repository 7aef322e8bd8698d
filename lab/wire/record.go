package wire

import (
	"iter"
	"sync"

	"github.com/assaynet/assay/evidence"
)

// record is the validator's record, in memory.
type record struct {
	mu      sync.Mutex
	entries []evidence.Entry
}

// Append implements validator.Journal.
func (r *record) Append(body evidence.Body) (evidence.Entry, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, err := evidence.Next(r.top(), body)
	if err == nil {
		r.entries = append(r.entries, e)
	}
	return e, err
}

func (r *record) top() evidence.Head {
	if len(r.entries) == 0 {
		return evidence.Head{}
	}
	return r.entries[len(r.entries)-1].Head()
}

// Head implements validator.Journal.
func (r *record) Head() evidence.Head {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.top()
}

// Entries implements validator.Journal.
func (r *record) Entries(from uint64) iter.Seq2[evidence.Entry, error] {
	r.mu.Lock()
	entries := r.entries[from-1:]
	r.mu.Unlock()
	return func(yield func(evidence.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

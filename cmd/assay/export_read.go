package main

import (
	"context"
	"iter"

	"github.com/assaynet/assay/evidence"
)

// until ends a sequence of entries with the context's error once the context is done.
func until(ctx context.Context, entries iter.Seq2[evidence.Entry, error]) iter.Seq2[evidence.Entry, error] {
	return func(yield func(evidence.Entry, error) bool) {
		for e, err := range entries {
			if ctx.Err() != nil {
				yield(evidence.Entry{}, context.Cause(ctx))
				return
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

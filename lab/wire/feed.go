package wire

import (
	"context"
	"net/netip"
	"sync/atomic"

	"github.com/assaynet/assay/source"
	"github.com/assaynet/assay/zoo"
)

// feed is a miner's source, which gives what the lab hands it.
type feed struct {
	in   chan []source.Record
	done chan struct{}
}

func newFeed() *feed { return &feed{make(chan []source.Record), make(chan struct{})} }

// Collect implements miner.Source.
func (f *feed) Collect(ctx context.Context, cursor []byte, emit func(source.Record) error) ([]byte, error) {
	select {
	case batch := <-f.in:
		for _, r := range batch {
			if err := emit(r); err != nil {
				return cursor, err
			}
		}
	case <-ctx.Done():
		return cursor, ctx.Err()
	}
	select {
	case f.done <- struct{}{}:
		return cursor, nil
	case <-ctx.Done():
		return cursor, ctx.Err()
	}
}

// give hands records over and waits until the miner has them.
func (f *feed) give(ctx context.Context, batch []source.Record) error {
	select {
	case f.in <- batch:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case <-f.done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// reach counts the requests from an address that reach a miner.
type reach struct{ requests atomic.Uint64 }

func (r *reach) count(from netip.Addr, next zoo.Handler) zoo.Handler {
	return func(ctx context.Context, remote netip.AddrPort, request []byte) ([]byte, error) {
		if remote.Addr().Unmap() == from {
			r.requests.Add(1)
		}
		return next(ctx, remote, request)
	}
}

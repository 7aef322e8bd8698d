package chain

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/assaynet/assay/item"
)

const (
	// blocksKept is how many blocks the client remembers what it has read of.
	blocksKept = 8
	// readsKept bounds what is remembered of one block, beyond which it is read anew.
	readsKept = 64
	// flightMost bounds a read that goes on for others when the one who began it has
	// given up.
	flightMost = 2 * time.Minute
)

// blocks remembers what was read at the newest few blocks. A block never changes,
// so nothing is read twice, and those who ask for the same at the same time share
// one request.
type blocks struct {
	flights singleflight.Group

	mu   sync.Mutex
	kept []*block // the one added last at the end
}

type block struct {
	hash item.Hash
	read map[string]any
}

func (b *blocks) get(hash item.Hash, what string) (any, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, k := range b.kept {
		if k.hash == hash {
			v, ok := k.read[what]
			return v, ok
		}
	}
	return nil, false
}

func (b *blocks) put(hash item.Hash, what string, v any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, k := range b.kept {
		if k.hash == hash {
			if len(k.read) < readsKept {
				k.read[what] = v
			}
			return
		}
	}
	if len(b.kept) == blocksKept {
		b.kept = slices.Delete(b.kept, 0, 1)
	}
	b.kept = append(b.kept, &block{hash, map[string]any{what: v}})
}

// shared gives what was read at a block, or reads it. What is given must not be
// changed.
func shared[T any](ctx context.Context, c *Client, hash item.Hash, what string, read func(context.Context, item.Hash) (T, error)) (T, error) {
	var none T
	if v, ok := c.blocks.get(hash, what); ok {
		return v.(T), nil
	}
	flight := c.blocks.flights.DoChan(what+string(hash[:]), func() (any, error) {
		// One that has just landed may have brought it.
		if v, ok := c.blocks.get(hash, what); ok {
			return v, nil
		}
		// The others still want it when the first asker gives up.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flightMost)
		defer cancel()
		v, err := read(ctx, hash)
		if err == nil {
			c.blocks.put(hash, what, v)
		}
		return v, err
	})
	select {
	case r := <-flight:
		if r.Err != nil {
			return none, r.Err
		}
		return r.Val.(T), nil
	case <-ctx.Done():
		return none, fmt.Errorf("read %s: %w", what, ctx.Err())
	}
}

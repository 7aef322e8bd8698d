package miner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/assaynet/assay/source"
)

// Bounds of what a collector holds before it stores it. Storing costs a sync of
// the disk, so a burst shares one.
const (
	batchRows  = 128
	batchBytes = 1 << 20
	batchAge   = 200 * time.Millisecond
)

// collector runs one feed. Items are stored as they come, in batches; the cursor
// follows with the last batch of a pass. After a crash a pass is repeated, and
// what it had stored is known already.
type collector struct {
	miner  *Miner
	feed   Feed
	cursor []byte

	mu    sync.Mutex
	batch []row
	size  int
	since time.Time // when the batch got its first row
	taken intake    // since it was last told
}

// intake is what came of the records of a source.
type intake struct {
	fresh, known uint64 // items stored, and those that the store had
	refused      map[string]int
}

// refusals are the counts by reason, in the order of the reasons.
func (t intake) refusals() string {
	var words []string
	for _, reason := range slices.Sorted(maps.Keys(t.refused)) {
		words = append(words, fmt.Sprintf("%s=%d", reason, t.refused[reason]))
	}
	return strings.Join(words, " ")
}

func newCollector(m *Miner, f Feed) (*collector, error) {
	cursor, err := m.store.cursor(f.Name)
	if err != nil {
		return nil, err
	}
	return &collector{miner: m, feed: f, cursor: cursor}, nil
}

// run makes passes until ctx ends. A failed pass is told and made again.
func (c *collector) run(ctx context.Context) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		if err := c.pass(ctx); err != nil && ctx.Err() == nil {
			c.miner.fault("collecting failed, it is tried again at the next pass", err, "source", c.feed.Name)
		}
		c.tell()
		pause.Reset(c.feed.Every)
	}
}

// tell logs what a pass brought, if anything.
func (c *collector) tell() {
	c.mu.Lock()
	t := c.taken
	c.taken = intake{}
	c.mu.Unlock()
	if t.fresh+t.known == 0 && len(t.refused) == 0 {
		return
	}
	attrs := []any{"source", c.feed.Name, "new", t.fresh, "known", t.known, "items", c.miner.Status().Items}
	if len(t.refused) > 0 {
		attrs = append(attrs, "refused", t.refusals())
	}
	c.miner.log.Info("collected", attrs...)
}

// pass collects once and stores all of it with the cursor, also when ctx ended.
func (c *collector) pass(ctx context.Context) error {
	next, err := c.feed.Source.Collect(ctx, c.cursor, c.emit)
	if next == nil || bytes.Equal(next, c.cursor) {
		return errors.Join(err, c.flush(nil))
	}
	if stored := c.flush(next); stored != nil {
		return errors.Join(err, stored) // the cursor stays behind what is stored
	}
	c.cursor = next
	return err
}

// emit takes a record. One that no program takes is counted, and done.
func (c *collector) emit(r source.Record) error {
	rows, reason := c.miner.rows(r)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(rows) == 0 {
		c.miner.cfg.Metrics.reject(reason)
		if c.taken.refused == nil {
			c.taken.refused = map[string]int{}
		}
		c.taken.refused[reason]++
		return nil
	}
	if len(c.batch) > 0 && (len(c.batch) >= batchRows || c.size >= batchBytes || time.Since(c.since) > batchAge) {
		if err := c.store(nil); err != nil {
			return err
		}
	}
	if len(c.batch) == 0 {
		c.since = time.Now()
	}
	for _, r := range rows {
		c.batch = append(c.batch, r)
		c.size += len(r.body)
	}
	return nil
}

// flush stores what is held, and the cursor if it is not nil.
func (c *collector) flush(cursor []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.batch) == 0 && cursor == nil {
		return nil
	}
	return c.store(cursor)
}

// store is flush for one who holds the lock. What could not be stored stays.
func (c *collector) store(cursor []byte) error {
	var at *cursorAt
	if cursor != nil {
		at = &cursorAt{c.feed.Name, cursor}
	}
	fresh, err := c.miner.put(c.batch, at)
	if err != nil {
		return err
	}
	c.taken.fresh += fresh
	c.taken.known += uint64(len(c.batch)) - fresh
	c.batch, c.size = nil, 0
	return nil
}

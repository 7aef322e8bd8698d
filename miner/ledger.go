package miner

import (
	"slices"
	"sort"
	"sync"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// ledger is what validators handed over, as it is in the store: their receipts,
// and the newest head of each one's record.
type ledger struct {
	store *store

	mu       sync.RWMutex
	receipts map[protocol.Hotkey][]protocol.Receipt // by sequence number
	heads    map[protocol.Hotkey]protocol.Anchor    // the last one stored
	count    int
	highest  uint64 // of the receipts' sequence numbers
}

func openLedger(s *store) (*ledger, error) {
	l := &ledger{store: s, receipts: map[protocol.Hotkey][]protocol.Receipt{}, heads: map[protocol.Hotkey]protocol.Anchor{}}
	receipts, err := s.receipts()
	if err != nil {
		return nil, err
	}
	for _, r := range receipts {
		l.note(r)
	}
	anchors, err := readAnchors(s.reader)
	if err != nil {
		return nil, err
	}
	for _, a := range anchors {
		l.heads[a.Validator] = a.Anchor
	}
	return l, nil
}

// hear stores the head of a validator's record and a receipt, if not nil, and
// notes them once they are on the disk.
func (l *ledger) hear(a Anchor, r *protocol.Receipt) error {
	l.mu.RLock()
	news := a.Seq > 0 && l.heads[a.Validator] != a.Anchor
	l.mu.RUnlock()
	if !news && r == nil {
		return nil
	}
	if err := l.store.putHeard(a, r); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if a.Seq > 0 {
		l.heads[a.Validator] = a.Anchor
	}
	if r != nil {
		l.note(*r)
	}
	return nil
}

func (l *ledger) note(r protocol.Receipt) {
	list := l.receipts[r.Validator]
	i, have := slices.BinarySearchFunc(list, r.Seq, func(r protocol.Receipt, seq uint64) int {
		switch {
		case r.Seq < seq:
			return -1
		case r.Seq > seq:
			return 1
		}
		return 0
	})
	if have {
		// Claims read lists without the lock: each is replaced, never changed.
		list = slices.Clone(list)
		list[i] = r
	} else {
		list = slices.Concat(list[:i], []protocol.Receipt{r}, list[i:])
		l.count++
	}
	l.receipts[r.Validator] = list
	l.highest = max(l.highest, r.Seq)
}

// forget drops the receipts of roots that are no longer kept; the store has
// dropped them with the roots.
func (l *ledger) forget(newest uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count = 0
	for v, list := range l.receipts {
		var kept []protocol.Receipt
		for _, r := range list {
			if item.KeepVersion(r.Seq, newest) {
				kept = append(kept, r)
			}
		}
		l.receipts[v] = kept
		l.count += len(kept)
		if len(kept) == 0 {
			delete(l.receipts, v)
		}
	}
}

// size is how many receipts there are, and the highest sequence number that one
// was ever given for.
func (l *ledger) size() (count int, highest uint64) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.count, l.highest
}

// receipted are the kept versions that a validator receipted before a round, with
// the receipts, oldest first.
func (l *ledger) receipted(validator protocol.Hotkey, before uint64, versions []version) []receipted {
	l.mu.RLock()
	list := l.receipts[validator]
	l.mu.RUnlock()
	var out []receipted
	for _, r := range list {
		if v, ok := find(versions, r.Seq); ok && r.Round < before {
			out = append(out, receipted{v, r.Block})
		}
	}
	return out
}

// receipted is a version with the block at which one validator saw it.
type receipted struct {
	version
	block uint64
}

// oldestWith is the oldest of the versions that holds a key and was receipted at
// a block up to notAfter. A version holds all that an older one does.
func oldestWith(key item.Key, notAfter uint64, versions []receipted) (version, bool) {
	first := sort.Search(len(versions), func(i int) bool {
		_, have := versions[i].tree.Get(key)
		return have
	})
	for _, v := range versions[first:] {
		if v.block <= notAfter {
			return v.version, true
		}
	}
	return version{}, false
}

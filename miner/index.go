package miner

import (
	"fmt"
	"math"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// version is a root of the index with the tree under it.
type version struct {
	root protocol.SignedRoot
	tree item.Tree
}

// index is the committed index: the kept versions, oldest first. Readers take a
// snapshot and never wait.
type index struct {
	store  *store
	signer protocol.Signer
	netuid uint16
	kept   atomic.Pointer[[]version]

	writing sync.Mutex
	// signed is a version that may not be stored yet. Its number must never be
	// signed with another content, so after a failure it is what is tried again.
	signed *version
}

// openIndex rebuilds the kept versions from the store. Each root must be the
// miner's, and the items must give it.
func openIndex(s *store, signer protocol.Signer, netuid uint16) (*index, error) {
	roots, err := s.roots()
	if err != nil {
		return nil, err
	}
	x := &index{store: s, signer: signer, netuid: netuid}
	versions := make([]version, 0, len(roots))
	var last version
	for _, r := range roots {
		r.Netuid, r.Miner = netuid, signer.Hotkey()
		if err := r.Check(netuid, r.Miner); err != nil {
			return nil, fmt.Errorf("%w: %w", err, ErrCorrupt)
		}
		leaves, err := s.leaves(int64(last.root.Count), int64(r.Count))
		if err != nil {
			return nil, err
		}
		tree, _, err := last.tree.Insert(leaves...)
		if err != nil {
			return nil, fmt.Errorf("rebuild root %d: %w: %w", r.Seq, err, ErrCorrupt)
		}
		if tree.Root() != r.Root() {
			return nil, fmt.Errorf("the items do not give root %d, which was signed: %w", r.Seq, ErrCorrupt)
		}
		last = version{r, tree}
		versions = append(versions, last)
	}
	x.kept.Store(&versions)
	return x, nil
}

// commit signs and stores a root over all items in the store, and then shows it.
// Without new items it does nothing. It reports whether there is a new root.
func (x *index) commit() (bool, error) {
	x.writing.Lock()
	defer x.writing.Unlock()
	versions := x.versions()
	if x.signed == nil {
		next, err := x.next(versions)
		if err != nil || next == nil {
			return false, err
		}
		x.signed = next
	}
	seq := x.signed.root.Seq
	var after []version
	var dropped []uint64
	for _, v := range versions {
		if item.KeepVersion(v.root.Seq, seq) {
			after = append(after, v)
		} else {
			dropped = append(dropped, v.root.Seq)
		}
	}
	if err := x.store.putRoot(x.signed.root, dropped); err != nil {
		return false, err
	}
	after = append(after, *x.signed)
	x.signed = nil
	x.kept.Store(&after)
	return true, nil
}

// next is the version that follows, signed; nil when nothing is new.
func (x *index) next(versions []version) (*version, error) {
	var last version
	if n := len(versions); n > 0 {
		last = versions[n-1]
	}
	leaves, err := x.store.leaves(int64(last.root.Count), math.MaxInt64)
	if err != nil || len(leaves) == 0 {
		return nil, err
	}
	tree, added, err := last.tree.Insert(leaves...)
	if err != nil {
		return nil, fmt.Errorf("commit to items: %w", err)
	}
	if added != len(leaves) {
		return nil, fmt.Errorf("%d of %d items stand in the store twice: %w", len(leaves)-added, len(leaves), ErrCorrupt)
	}
	r := tree.Root()
	root := protocol.SignedRoot{Netuid: x.netuid, Seq: last.root.Seq + 1, Hash: r.Hash, Bytes: r.Bytes, Count: r.Count}
	if err := root.Sign(x.signer); err != nil {
		return nil, fmt.Errorf("sign root %d: %w", root.Seq, err)
	}
	return &version{root, tree}, nil
}

// versions are the kept ones, oldest first; not to be changed.
func (x *index) versions() []version { return *x.kept.Load() }

// newest is the newest version, false when there is none yet.
func (x *index) newest() (version, bool) {
	versions := x.versions()
	if len(versions) == 0 {
		return version{}, false
	}
	return versions[len(versions)-1], true
}

// find is the kept version of a sequence number.
func find(versions []version, seq uint64) (version, bool) {
	i := sort.Search(len(versions), func(i int) bool { return versions[i].root.Seq >= seq })
	if i == len(versions) || versions[i].root.Seq != seq {
		return version{}, false
	}
	return versions[i], true
}

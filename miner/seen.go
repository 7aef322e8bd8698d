package miner

import (
	"sync"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Bounds of the requests that are remembered: of one validator in one round, and
// in all. A validator makes three requests a round.
const (
	seenPerRound = 64
	seenMost     = 1 << 16
)

type asker struct {
	round     uint64
	validator protocol.Hotkey
}

// seen remembers the requests of the rounds in the window, so that none is served
// twice. Only requests with a good signature get in.
type seen struct {
	mu       sync.Mutex
	requests map[asker]map[item.Hash]struct{}
	count    int
}

func newSeen() *seen { return &seen{requests: map[asker]map[item.Hash]struct{}{}} }

// has reports whether a request was served.
func (s *seen) has(e *protocol.Envelope, digest item.Hash) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, have := s.requests[asker{e.Round, e.From}][digest]
	return have
}

// add notes a request. It fails with ReasonReplay if it was there, and with
// ReasonBusy if there is no room.
func (s *seen) add(e *protocol.Envelope, digest item.Hash) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	by := asker{e.Round, e.From}
	mine := s.requests[by]
	if _, have := mine[digest]; have {
		return replayed(e)
	}
	if len(mine) >= seenPerRound || s.count >= seenMost {
		return protocol.Fail(protocol.ReasonBusy, "%s made %d requests in round %d", e.From.Short(), len(mine), e.Round)
	}
	if mine == nil {
		mine = map[item.Hash]struct{}{}
		s.requests[by] = mine
	}
	mine[digest] = struct{}{}
	s.count++
	return nil
}

// forget drops the rounds that are no longer in the window around a round.
func (s *seen) forget(round uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for by, requests := range s.requests {
		if !inWindow(by.round, round) {
			s.count -= len(requests)
			delete(s.requests, by)
		}
	}
}

func replayed(e *protocol.Envelope) error {
	return protocol.Fail(protocol.ReasonReplay, "the %s of %s in round %d was served before", e.Kind, e.From.Short(), e.Round)
}

// window is how many rounds the two sides' heads may be apart.
const window = 2

func inWindow(round, own uint64) bool {
	return max(round, own)-min(round, own) <= window
}

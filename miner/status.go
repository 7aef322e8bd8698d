package miner

import (
	"errors"
	"time"
)

// Status is what a page or a readiness check shows of a miner.
type Status struct {
	Items, Bytes uint64    // in the store, committed or not
	RootSeq      uint64    // of the newest root; 0 before the first
	Receipts     int       // of kept roots, by all validators
	LastRequest  time.Time // that was answered; zero before the first
	Block        uint64    // of the chain's head as last seen
	Ready        bool      // the chain has been seen and there is a root
	Fault        string    // the last failure since the last root; empty when none
	Store        string    // why the store takes nothing or is not what was written; empty when well
}

// Status is the miner's state now.
func (m *Miner) Status() Status {
	m.mu.Lock()
	s := m.status
	m.mu.Unlock()
	v := m.view.Load()
	s.Receipts, _ = m.ledger.size()
	s.Store = m.store.health.reason()
	s.Block = v.head.Number
	s.Ready = v.metagraph != nil && s.RootSeq > 0
	return s
}

func (m *Miner) update(f func(*Status)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(&m.status)
	m.cfg.Metrics.hold(m.status)
}

// fault logs a failure that the miner lives on with, and keeps it for the page.
func (m *Miner) fault(what string, err error, attrs ...any) {
	m.log.Warn(what, append(attrs, "err", err)...)
	if errors.Is(err, ErrCorrupt) {
		m.store.health.corrupt(err)
	}
	m.update(func(s *Status) { s.Fault = what + ": " + err.Error() })
}

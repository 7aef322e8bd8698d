package miner

import (
	"fmt"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/source"
)

// Why a record is not taken in: labels of assay_miner_rejected_total.
const (
	rejectInvalid = "invalid" // it has no canonical form
	rejectOutside = "outside" // no program takes it
	rejectSchema  = "schema"  // it breaks the bounds of the program that would take it
)

// rows makes a record ready for the store: one row for each program that takes
// it. Without a row there is a reason. What breaks a program's schema is left
// out, since committing to it is a provable fault.
func (m *Miner) rows(r source.Record) (rows []row, reason string) {
	it, err := r.Item()
	if err != nil {
		return nil, rejectInvalid
	}
	raw, err := it.Encode()
	if err != nil {
		return nil, rejectInvalid
	}
	content, err := item.DecodeRecord(it.Canonical)
	if err != nil {
		return nil, rejectInvalid
	}
	reason = rejectOutside
	for _, p := range m.programs {
		key, err := p.Key(it)
		if err != nil {
			continue
		}
		if p.Schema.Misfit(content) != "" {
			reason = rejectSchema
			continue
		}
		leaf := item.Leaf{Key: key, Bytes: uint64(len(it.Canonical)), Attrs: it.Attrs()}
		rows = append(rows, row{leaf, m.store.pack(raw)})
	}
	return rows, reason
}

// put stores rows and counts them; fresh is how many were new.
func (m *Miner) put(rows []row, at *cursorAt) (fresh uint64, err error) {
	added, err := m.store.put(rows, at)
	if err != nil {
		return 0, fmt.Errorf("ingest: %w", err)
	}
	m.cfg.Metrics.ingest(added.Count, uint64(len(rows))-added.Count)
	m.update(func(s *Status) {
		s.Items += added.Count
		s.Bytes += added.Bytes
	})
	return added.Count, nil
}

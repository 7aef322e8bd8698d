package validator

import (
	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// terms are what all requests of a round share.
type terms struct {
	netuid uint16
	self   protocol.Hotkey
	tip    item.Hash       // of the round secrets
	head   protocol.Anchor // of the record, up to this round's Opened
	opened *evidence.Opened
	asks   []protocol.ClaimAsk
}

// script is which requests a plan makes of one miner. The validator follows it,
// and a replay compares the recorded requests with it.
type script struct {
	terms
	miner MinerPlan
}

// root asks for the newest root; every conversation begins with it.
func (s script) root() *protocol.RootRequest {
	return &protocol.RootRequest{Head: s.head, Tip: s.tip}
}

// items asks for the planned draws and hands over the receipt, not yet signed, of
// the root that was shown in this round, nil when there was none. The result is
// nil when there is neither.
func (s script) items(shown *protocol.SignedRoot) *protocol.ItemsRequest {
	req := &protocol.ItemsRequest{Head: s.head, Parts: s.miner.Parts}
	// A root that was shown before gets the same receipt again: the first may never
	// have arrived, and without it the miner cannot prove what it had.
	if shown != nil && shown.Seq >= s.miner.Newest {
		round, block := s.opened.Round, s.opened.Block
		if shown.Seq == s.miner.Newest {
			round, block = s.miner.Round, s.miner.Block
		}
		req.Receipt = &protocol.Receipt{
			Netuid: s.netuid, Validator: s.self, Miner: s.miner.Hotkey, Seq: shown.Seq,
			Root: shown.Digest(), Round: round, Block: block,
		}
	}
	if req.Receipt == nil && len(req.Parts) == 0 {
		return nil
	}
	return req
}

// work hands out what the plan has for a labelling program. The items are looked up by
// their ids.
func (s script) work(w Work, items func(ids []item.Hash) [][]byte) *protocol.TasksRequest {
	req := &protocol.TasksRequest{Head: s.head, Program: w.Program, Due: w.Due, Marks: w.Marks}
	for i, ids := range w.Subjects {
		raw := w.Items[i]
		if raw == nil {
			raw = items(ids)
		}
		req.Tasks = append(req.Tasks, protocol.Task{Subjects: raw})
	}
	return req
}

// claims asks which keys the miner had first; nil when there is nothing to settle
// or it has no receipt that could prove it.
func (s script) claims() *protocol.ClaimsRequest {
	if len(s.asks) == 0 || s.miner.Newest == 0 {
		return nil
	}
	return &protocol.ClaimsRequest{Head: s.head, Newest: s.miner.Newest, Asks: s.asks}
}

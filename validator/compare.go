package validator

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// compare checks that a recorded conversation made the requests of the script and
// no others.
func (s script) compare(x *evidence.Exchange) error {
	if x.Miner != s.miner.Hotkey {
		return fmt.Errorf("is with %s", x.Miner.Short())
	}
	calls := x.Calls
	next := func(want any) error {
		if len(calls) == 0 {
			return errors.New("a planned call is missing")
		}
		_, asked, err := calls[0].Asked()
		if err != nil {
			return err
		}
		calls = calls[1:]
		if !equal(asked, want) {
			return fmt.Errorf("a %T differs from the plan", asked)
		}
		return nil
	}
	if err := next(s.root()); err != nil {
		return err
	}
	var shown *protocol.SignedRoot
	if c := &x.Calls[0]; c.Outcome == evidence.Answered {
		answer, err := evidence.DecodeAnswer[protocol.RootAnswer](c)
		if err != nil {
			return err
		}
		shown = &answer.Root
	}
	if want := s.items(shown); want != nil {
		if err := s.takeSignature(want, calls); err != nil {
			return err
		}
		if err := next(want); err != nil {
			return err
		}
	}
	if want := s.claims(); want != nil {
		if err := next(want); err != nil {
			return err
		}
	}
	for _, w := range s.miner.Work {
		if len(calls) == 0 {
			return errors.New("a planned call is missing")
		}
		if err := s.compareWork(w, &calls[0]); err != nil {
			return fmt.Errorf("work of %s: %w", w.Program, err)
		}
		calls = calls[1:]
	}
	if len(calls) > 0 {
		return errors.New("a call is not in the plan")
	}
	return nil
}

// compareWork checks that a call hands out what the plan says. What is shown is
// compared by content id.
func (s script) compareWork(w Work, c *evidence.Call) error {
	_, asked, err := c.Asked()
	if err != nil {
		return err
	}
	req, ok := asked.(*protocol.TasksRequest)
	if !ok {
		return fmt.Errorf("a %T stands in its place", asked)
	}
	want := s.work(w, func([]item.Hash) [][]byte { return nil })
	if len(req.Tasks) != len(w.Subjects) {
		return fmt.Errorf("%d tasks are handed out, the plan has %d", len(req.Tasks), len(w.Subjects))
	}
	for i, ids := range w.Subjects {
		if err := showsItems(req.Tasks[i], ids); err != nil {
			return fmt.Errorf("task %d: %w", i, err)
		}
		want.Tasks[i] = req.Tasks[i]
	}
	if !equal(req, want) {
		return errors.New("differs from the plan")
	}
	return nil
}

// showsItems checks that a task shows the items of some ids; and, before an answer to be
// reviewed, the item that it was given to.
func showsItems(t protocol.Task, ids []item.Hash) error {
	var items []*item.Item
	for _, b := range t.Subjects {
		it, err := item.Decode(b)
		if err != nil {
			return err
		}
		items = append(items, it)
	}
	if len(items) == len(ids)+1 && len(ids) == 1 && items[1].Kind == item.KindJudgement && slices.Equal(items[1].Parents, []item.Hash{items[0].ID()}) {
		items = items[1:]
	}
	if len(items) != len(ids) {
		return fmt.Errorf("shows %d items", len(t.Subjects))
	}
	for k, it := range items {
		if it.ID() != ids[k] {
			return errors.New("shows another item than the plan has")
		}
	}
	return nil
}

// takeSignature checks the recorded receipt's signature and completes the expected
// receipt with it.
func (s script) takeSignature(want *protocol.ItemsRequest, calls []evidence.Call) error {
	if want.Receipt == nil || len(calls) == 0 {
		return nil
	}
	_, asked, err := calls[0].Asked()
	if err != nil {
		return err
	}
	got, ok := asked.(*protocol.ItemsRequest)
	if !ok || got.Receipt == nil {
		return errors.New("the receipt is missing")
	}
	want.Receipt.Signature = got.Receipt.Signature
	return want.Receipt.Check(s.netuid, s.self, s.miner.Hotkey)
}

// equal compares two messages by their one encoding.
func equal(a, b any) bool {
	x, err := protocol.Encode(a)
	if err != nil {
		return false
	}
	y, err := protocol.Encode(b)
	return err == nil && bytes.Equal(x, y)
}

// compareReference checks that the pages are those of the plan and the draws, and
// that what is said of each holds together. What a page said is the validator's
// word.
func compareReference(ref *evidence.Reference, pages []*page) error {
	if len(ref.Fetches) != len(pages) {
		return fmt.Errorf("the reference has %d pages, the round needs %d", len(ref.Fetches), len(pages))
	}
	for i, p := range pages {
		f := &ref.Fetches[i]
		if f.URI != p.uri || f.Control != p.control {
			return fmt.Errorf("page %d is %s, the round needs %s", i, f.URI, p.uri)
		}
		if err := p.plausible(f); err != nil {
			return fmt.Errorf("page %s: %w", f.URI, err)
		}
	}
	return nil
}

func (p *page) plausible(f *evidence.Fetch) error {
	found := f.Status == evidence.FetchFound
	switch {
	case f.Status < evidence.FetchFound || f.Status > evidence.FetchRefused:
		return fmt.Errorf("unknown status %d", f.Status)
	case p.inside == (f.Status == evidence.FetchBarred && f.Code == codeOutside):
		return errors.New("whether its host may be fetched from is not what the programs say")
	case found == f.ID.IsZero():
		return errors.New("its content id does not fit its status")
	case !found && (f.Label != "" || f.Address != "" || len(f.Record) > 0):
		return errors.New("it was not found and yet says something")
	case len(f.Record) > 0 && p.confirms(f.ID):
		return errors.New("its record stands in the exchange already")
	case len(f.Record) > 0 && (&item.Item{Kind: item.KindRecord, URI: cmp.Or(f.Address, f.URI), Canonical: f.Record}).ID() != f.ID:
		return errors.New("its record is not what its content id says")
	}
	return nil
}

package validator

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Asker sends a request to a peer and waits for its answer until ctx ends. Its
// errors are *protocol.Failure.
type Asker interface {
	Ask(ctx context.Context, to netip.AddrPort, request []byte) (answer []byte, err error)
}

// talk is a round's conversation with one miner.
type talk struct {
	script script
	to     netip.AddrPort
	root   evidence.RootOf
	items  map[string]Lookup // of what labellers are shown, by program
	calls  []evidence.Call
	drawn  []evidence.DrawnPart
	cut    *verdict // once set, what is still planned is recorded but not sent
}

// exchange is the conversation as an entry.
func (t *talk) exchange() *evidence.Exchange {
	return &evidence.Exchange{Round: t.script.opened.Round, Miner: t.script.miner.Hotkey, Calls: t.calls}
}

// ask holds the conversations of a round side by side, under one budget. Its only
// errors are ours and final: a signer that does not sign.
func (v *Validator) ask(ctx context.Context, r *round) error {
	ctx, cancel := context.WithTimeout(ctx, v.cfg.AskBudget)
	defer cancel()
	var group errgroup.Group
	group.SetLimit(v.cfg.AskAtOnce)
	for _, t := range r.talks {
		group.Go(func() error { return v.hold(ctx, t) })
	}
	return group.Wait()
}

// hold holds one conversation: root, items, claims, work. Every planned call is sealed
// and recorded, made or not, so that a miner does not get round a question by not
// opening the door.
func (v *Validator) hold(ctx context.Context, t *talk) error {
	if ctx.Err() != nil {
		t.cut = &verdict{outcome: evidence.NotAsked, reason: protocol.ReasonTimeout}
	}
	first, err := v.call(ctx, t, protocol.KindRootRequest, t.script.root())
	if err != nil {
		return err
	}
	if req := t.script.items(first.shown); req != nil {
		if req.Receipt != nil {
			if err := req.Receipt.Sign(v.signer); err != nil {
				return fmt.Errorf("sign receipt: %w", err)
			}
		}
		answer, err := v.call(ctx, t, protocol.KindItemsRequest, req)
		if err != nil {
			return err
		}
		t.drawn = answer.drawn
	}
	if req := t.script.claims(); req != nil {
		if _, err = v.call(ctx, t, protocol.KindClaimsRequest, req); err != nil {
			return err
		}
	}
	for _, w := range t.script.miner.Work {
		if _, err := v.call(ctx, t, protocol.KindTasksRequest, t.script.work(w, t.items[w.Program])); err != nil {
			return err
		}
	}
	return nil
}

// call seals one request, sends it unless the conversation is cut, and judges what
// comes back.
func (v *Validator) call(ctx context.Context, t *talk, kind protocol.Kind, request any) (verdict, error) {
	miner, number := t.script.miner.Hotkey, t.script.opened.Round
	raw, digest, err := protocol.Seal(v.signer, kind, miner, number, item.Hash{}, request)
	if err != nil {
		return verdict{}, fmt.Errorf("seal %s: %w", kind, err)
	}
	c := evidence.Call{Request: raw}
	var said verdict
	if t.cut != nil {
		said = *t.cut
	} else {
		asked := protocol.Asked{From: v.signer.Hotkey(), To: miner, Kind: kind, Round: number, Digest: digest}
		start := time.Now()
		answer, err := hear(ctx, v.asker, t.to, raw, v.leave)
		c.Millis = uint32(min(time.Since(start).Milliseconds(), 1<<32-1))
		if err != nil {
			said = unheard(err)
		} else {
			said = judge(v.cfg.Netuid, asked, request, answer, t.root, v.leave)
			if signed(said.outcome) {
				c.Answer = answer
			}
		}
		if said.cuts() {
			t.cut = &verdict{outcome: said.outcome, reason: said.reason}
		}
	}
	c.Outcome, c.Reason = said.outcome, said.reason
	if len(v.leave) > 0 {
		c = v.told(miner, c, request, &said)
	}
	t.calls = append(t.calls, c)
	v.metrics.called(kind, said.outcome)
	return said, nil
}

// hear is one answer in time and of a size that the record takes.
func hear(ctx context.Context, asker Asker, to netip.AddrPort, request []byte, leave protocol.Leave) ([]byte, error) {
	answer, err := asker.Ask(ctx, to, request)
	switch {
	case ctx.Err() != nil:
		return nil, protocol.Fail(protocol.ReasonTimeout, "the round's budget ended: %w", ctx.Err())
	case err != nil:
		return nil, err
	case len(answer) == 0:
		return nil, protocol.Fail(protocol.ReasonGarbled, "the answer is empty")
	case len(answer) > protocol.MaxAnswerBytes && !leave[protocol.CheckSize]:
		return nil, protocol.Fail(protocol.ReasonOversize, "answer has %d bytes, at most %d are allowed", len(answer), protocol.MaxAnswerBytes)
	}
	return answer, nil
}

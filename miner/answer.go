package miner

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// answer makes the signed answer to a request with a good signature. Errors that
// are no *protocol.Failure are this side's own. What a sender hands over is kept
// only when it is on the subnet, so that what is stored is bounded.
func (m *Miner) answer(ctx context.Context, e *protocol.Envelope, member bool) ([]byte, error) {
	asked, err := protocol.DecodeBody(e)
	if err != nil {
		return nil, err
	}
	versions := m.index.versions()
	var message any
	switch req := asked.(type) {
	case *protocol.RootRequest:
		if err := m.hear(e, member, req.Head, nil); err != nil {
			return nil, err
		}
		if len(versions) == 0 {
			return nil, protocol.Fail(protocol.ReasonRoot, "no root yet")
		}
		message = &protocol.RootAnswer{Root: versions[len(versions)-1].root}
	case *protocol.ItemsRequest:
		message, err = m.items(ctx, e, member, req, versions)
	case *protocol.ClaimsRequest:
		if err := m.hear(e, member, req.Head, nil); err != nil {
			return nil, err
		}
		message, err = m.claims(ctx, e, req, versions)
	case *protocol.TasksRequest:
		message, err = m.tasks(e, member, req)
	default:
		err = protocol.Fail(protocol.ReasonRefused, "this miner answers no %s", e.Kind)
	}
	if err != nil {
		return nil, err
	}
	raw, _, err := protocol.Seal(m.signer, e.Kind+1, e.From, e.Round, e.Digest(), message)
	if err != nil {
		return nil, err
	}
	if len(raw) > protocol.MaxAnswerBytes {
		return nil, tooLarge(len(raw))
	}
	return raw, nil
}

func tooLarge(n int) error {
	return protocol.Fail(protocol.ReasonOversize, "the answer would have %d bytes or more, at most %d are allowed", n, protocol.MaxAnswerBytes)
}

// hear stores what came with a request.
func (m *Miner) hear(e *protocol.Envelope, member bool, head protocol.Anchor, r *protocol.Receipt) error {
	if head.Seq > math.MaxInt64 {
		return protocol.Fail(protocol.ReasonMalformed, "record head %d is beyond any record", head.Seq)
	}
	if !member {
		return nil
	}
	return m.ledger.hear(Anchor{Validator: e.From, Anchor: head, Round: e.Round}, r)
}

// items answers draws. Everything that needs no work is checked first.
func (m *Miner) items(ctx context.Context, e *protocol.Envelope, member bool, req *protocol.ItemsRequest, versions []version) (*protocol.ItemsAnswer, error) {
	under := make([]version, len(req.Parts))
	for i, p := range req.Parts {
		v, ok := find(versions, p.Seq)
		if !ok {
			return nil, protocol.Fail(protocol.ReasonRoot, "root %d is not one that is kept", p.Seq)
		}
		under[i] = v
	}
	if err := m.checkReceipt(e, req.Receipt, versions); err != nil {
		return nil, err
	}
	if err := m.hear(e, member, req.Head, req.Receipt); err != nil {
		return nil, err
	}
	g := gathering{
		store: m.store, prover: item.NewProver(), place: map[item.Key]uint16{},
		may: func(d protocol.Draw) (bool, error) { return m.mayOpen(e, d) },
	}
	g.answer.Drawn = make([][]uint16, len(req.Parts))
	for i, p := range req.Parts {
		drawn, err := g.part(ctx, under[i], p)
		if err != nil {
			return nil, err
		}
		g.answer.Drawn[i] = drawn
	}
	g.answer.Nodes = g.prover.Nodes()
	if len(g.answer.Nodes) > protocol.MaxNodes {
		return nil, protocol.Fail(protocol.ReasonOversize, "the answer would open %d nodes, at most %d are allowed", len(g.answer.Nodes), protocol.MaxNodes)
	}
	return &g.answer, nil
}

// checkReceipt demands a receipt by the sender of a root that this miner signed.
func (m *Miner) checkReceipt(e *protocol.Envelope, r *protocol.Receipt, versions []version) error {
	if r == nil {
		return nil
	}
	v, ok := find(versions, r.Seq)
	if !ok || v.root.Digest() != r.Root {
		return protocol.Fail(protocol.ReasonRoot, "receipt of root %d, %s, which is not one that is kept", r.Seq, r.Root.Short())
	}
	if r.Round > math.MaxInt64 || r.Block > math.MaxInt64 {
		return protocol.Fail(protocol.ReasonMalformed, "receipt of round %d and block %d", r.Round, r.Block)
	}
	return r.Check(m.cfg.Netuid, e.From, m.self)
}

// gathering is an ItemsAnswer in the making.
type gathering struct {
	store  *store
	prover *item.Prover
	answer protocol.ItemsAnswer
	kinds  []item.Kind         // of answer.Items
	place  map[item.Key]uint16 // in answer.Items
	size   int
	may    func(protocol.Draw) (bool, error) // whether a draw may show judgements
}

// part answers the draws under one root. Its cells are proven in any case.
func (g *gathering) part(ctx context.Context, v version, p protocol.Part) ([]uint16, error) {
	cells := g.prover.Cells(v.tree)
	drawn := make([]uint16, 0, len(p.Draws))
	for _, d := range p.Draws {
		may, err := g.may(d)
		if err != nil {
			return nil, err
		}
		leaves, err := evidence.Land(d, cells, g.prover, v.tree)
		if err == nil && len(drawn)+len(leaves) > protocol.MaxItems {
			err = item.ErrMany
		}
		if errors.Is(err, item.ErrMany) {
			return nil, protocol.Fail(protocol.ReasonOversize, "the draws under root %d land on more than %d items", p.Seq, protocol.MaxItems)
		}
		if err != nil {
			return nil, err
		}
		for _, leaf := range leaves {
			i, err := g.item(ctx, leaf)
			if err != nil {
				return nil, err
			}
			if !may && g.kinds[i] == item.KindJudgement {
				return nil, notYours()
			}
			drawn = append(drawn, i)
		}
	}
	return drawn, nil
}

// item adds the item of a leaf, once, and gives its place.
func (g *gathering) item(ctx context.Context, leaf item.Leaf) (uint16, error) {
	if i, have := g.place[leaf.Key]; have {
		return i, nil
	}
	if len(g.answer.Items) >= protocol.MaxItems {
		return 0, protocol.Fail(protocol.ReasonOversize, "the answer would have more than %d items", protocol.MaxItems)
	}
	raw, kind, err := g.store.item(ctx, leaf)
	if err != nil {
		return 0, err
	}
	if g.size += len(raw); g.size > protocol.MaxAnswerBytes {
		return 0, tooLarge(g.size)
	}
	i := uint16(len(g.answer.Items))
	g.place[leaf.Key] = i
	g.answer.Items = append(g.answer.Items, raw)
	g.kinds = append(g.kinds, kind)
	return i, nil
}

// claims proves which keys were under a root that the sender receipted early
// enough, each under the oldest such root. It is silent on the others, on judgements,
// which nobody claims, and on the last ones when the proof would open too many nodes.
func (m *Miner) claims(ctx context.Context, e *protocol.Envelope, req *protocol.ClaimsRequest, versions []version) (*protocol.ClaimsAnswer, error) {
	known := m.ledger.receipted(e.From, e.Round, versions)
	at := slices.IndexFunc(versions, func(v version) bool { return v.root.Seq == req.Newest })
	if at < 0 {
		return &protocol.ClaimsAnswer{}, nil
	}
	newest := versions[at].tree
	var holdings []holding
	for i, ask := range req.Asks {
		v, ok := oldestWith(ask.Key, ask.NotAfter, known)
		if !ok || v.root.Seq > req.Newest {
			continue
		}
		leaf, _ := v.tree.Get(ask.Key)
		judged, err := m.judged(ctx, leaf)
		if err != nil {
			return nil, err
		}
		if !judged {
			holdings = append(holdings, holding{protocol.Claim{Index: uint16(i), Seq: v.root.Seq}, ask.Key, []item.Tree{v.tree, newest}})
		}
	}
	return prove(holdings, protocol.MaxNodes), nil
}

// holding is a claim with what proves it.
type holding struct {
	claim protocol.Claim
	key   item.Key
	trees []item.Tree // that the key is to be proven in
}

// prove opens the nodes of all holdings, or of as many halvings of them as open
// no more nodes than are allowed.
func prove(holdings []holding, maxNodes int) *protocol.ClaimsAnswer {
	for ; ; holdings = holdings[:len(holdings)/2] {
		prover := item.NewProver()
		answer := &protocol.ClaimsAnswer{}
		for _, h := range holdings {
			for _, t := range h.trees {
				_, _, _ = prover.Key(t, h.key) // in one's own tree this cannot fail
			}
			answer.Claims = append(answer.Claims, h.claim)
		}
		if answer.Nodes = prover.Nodes(); len(answer.Nodes) <= maxNodes {
			return answer
		}
	}
}

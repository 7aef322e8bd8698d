package miner

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

// Labour is who answers the tasks that validators hand out: a labelling desk.
type Labour interface {
	// Assign takes in a hand-out, which is named by the digest of the request, and says
	// how many tasks of the program are wanted in the next round. After a nil error the
	// tasks are on the disk; errors that are the request's own are *protocol.Failure.
	Assign(from protocol.Hotkey, round uint64, digest item.Hash, r *protocol.TasksRequest) (want uint16, err error)
	// Seal ends the work that must be committed to in a round, which is when two more
	// follow up to its last one, and gives its answers by the program's name; the same
	// ones at each call until their last round has passed.
	Seal(round uint64) (map[string][]*item.Item, error)
	// Tick tells the round that the chain is in, and when rounds begin, about.
	Tick(round uint64, until func(round uint64) time.Time)
}

// tasks takes in a hand-out. Work of a sender that is not on the subnet would not be
// paid, and would be kept.
func (m *Miner) tasks(e *protocol.Envelope, member bool, req *protocol.TasksRequest) (*protocol.TasksAnswer, error) {
	if m.cfg.Labour == nil {
		return nil, protocol.Fail(protocol.ReasonRefused, "this miner does no labelling")
	}
	if !member {
		return nil, protocol.Fail(protocol.ReasonPermit, "%s is not on subnet %d", e.From.Short(), m.cfg.Netuid)
	}
	i := slices.IndexFunc(m.programs, func(p *program.Program) bool { return p.Judges() && p.Name == req.Program })
	if i < 0 {
		return nil, protocol.Fail(protocol.ReasonRefused, "no labelling of a program %.64q here", req.Program)
	}
	now := max(e.Round, m.roundOf(m.view.Load().head.Number))
	if len(req.Tasks) > 0 && (req.Due <= now || req.Due > math.MaxInt64) {
		return nil, protocol.Fail(protocol.ReasonMalformed, "tasks that are due in round %d came in round %d", req.Due, now)
	}
	if err := m.hear(e, member, req.Head, nil); err != nil {
		return nil, err
	}
	want, err := m.assign(e, m.programs[i], now, req)
	if err != nil {
		return nil, err
	}
	return &protocol.TasksAnswer{Want: want}, nil
}

// assign hands tasks to the desk. Whose they are is on the disk first, so that no answer
// is ever stored of which the miner does not know who may see it.
func (m *Miner) assign(e *protocol.Envelope, p *program.Program, now uint64, req *protocol.TasksRequest) (want uint16, err error) {
	digest := e.Digest()
	if len(req.Tasks) == 0 {
		return m.cfg.Labour.Assign(e.From, e.Round, digest, req)
	}
	a := assignment{p.AssignmentBucket(digest), digest, e.From, e.Round, req.Due}
	fresh, err := m.store.remember(a, max(now, rememberedRounds)-rememberedRounds)
	if err != nil {
		return 0, err
	}
	want, err = m.cfg.Labour.Assign(e.From, e.Round, digest, req)
	if _, refused := errors.AsType[*protocol.Failure](err); refused && fresh {
		err = errors.Join(err, m.store.disclaim(a.bucket))
	}
	return want, err
}

// seal stores the answers that are to be committed to in this round. What is stored
// already stays as it is.
func (m *Miner) seal() error {
	if m.cfg.Labour == nil {
		return nil
	}
	sealed, err := m.cfg.Labour.Seal(m.roundOf(m.view.Load().head.Number))
	if err != nil {
		return fmt.Errorf("seal judgements: %w", err)
	}
	newest, _ := m.index.newest()
	var rows []row
	var errs []error
	for _, p := range m.programs {
		for _, it := range sealed[p.Name] {
			r, err := m.judgement(p, it)
			if err != nil { // the others are stored all the same
				errs = append(errs, fmt.Errorf("judgement %s of %s: %w", it.URI, p.Name, err))
				continue
			}
			if _, have := newest.tree.Get(r.leaf.Key); !have {
				rows = append(rows, r)
			}
		}
	}
	if len(rows) > 0 {
		_, err := m.put(rows, nil)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// judgement makes an item of a program ready for the store.
func (m *Miner) judgement(p *program.Program, it *item.Item) (row, error) {
	key, err := p.Key(it)
	if err != nil {
		return row{}, err
	}
	raw, err := it.Encode()
	if err != nil {
		return row{}, err
	}
	return row{item.Leaf{Key: key, Bytes: uint64(len(it.Canonical)), Attrs: it.Attrs()}, m.store.pack(raw)}, nil
}

// usualBlockTime is the time between blocks until it was measured: that of the chain.
const usualBlockTime = 12 * time.Second

// pace tells about when rounds begin, from two heads that lie some blocks apart.
type pace struct{ before, last chain.Head }

// see takes in a head; the earlier one to measure from moves on when it is a round old.
func (p *pace) see(head chain.Head, round uint64) {
	switch {
	case p.before.Number == 0 || head.Number < p.last.Number:
		p.before, p.last = head, head
	case head.Number >= p.last.Number+round:
		p.before, p.last = p.last, head
	}
}

// blockTime is the time between blocks, by what was seen up to a head.
func (p *pace) blockTime(head chain.Head) time.Duration {
	if head.Number <= p.before.Number || !head.Time.After(p.before.Time) {
		return usualBlockTime
	}
	return min(time.Hour, head.Time.Sub(p.before.Time)/time.Duration(head.Number-p.before.Number))
}

// tick tells the desk of a head.
func (m *Miner) tick(head chain.Head) {
	if m.cfg.Labour == nil {
		return
	}
	m.pace.see(head, m.cfg.RoundBlocks)
	each := m.pace.blockTime(head)
	m.cfg.Labour.Tick(m.roundOf(head.Number), func(round uint64) time.Time {
		const most = 1 << 20 // blocks ahead, beyond which nothing is said
		first := round * m.cfg.RoundBlocks
		if first/m.cfg.RoundBlocks != round || first > head.Number+most || first+most < head.Number {
			return time.Time{}
		}
		return head.Time.Add(time.Duration(int64(first)-int64(head.Number)) * each)
	})
}

package simulate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/validator"
	"github.com/assaynet/assay/zoo"
)

// judge is a validator that does its work: the production plan, fold and vote.
type judge struct {
	actor    *actor
	hotkey   protocol.Hotkey
	seed     item.Hash // of its secrets
	state    *scoring.State
	labour   *validator.Labour
	seq      uint64
	fetches  uint64
	receipts map[protocol.Hotkey][]receipt
	made     made
	ballot   ballot
	told     []Decision // of this epoch
	hidden
	foreseen struct {
		round uint64
		draws map[protocol.Hotkey]protocol.Part
	}
	drew map[protocol.Hotkey][]*item.Item // in this round, for miners to learn of
	put  map[protocol.Hotkey]int          // how often the open question was put
}

// receipt is when it first saw a version of a miner's index.
type receipt struct{ seq, block uint64 }

type ballot struct{ uids, weights []uint16 }

// fold takes a body into the state, as the next entry of a record.
func (j *judge) fold(body evidence.Body) error {
	j.seq++
	return j.state.Fold(evidence.Entry{Seq: j.seq, Body: body})
}

// begin is the head of its record.
func (j *judge) begin(w *world) error {
	started := &evidence.Started{Software: "simulate", Validator: j.hotkey, Netuid: w.netuid, Length: 1 << 40, Fold: scoring.FoldVersion, RoundBlocks: w.roundBlocks}
	if err := j.fold(started); err != nil {
		return err
	}
	if err := j.fold(&evidence.Parameters{Source: w.parameters}); err != nil {
		return err
	}
	for _, source := range w.sources {
		if err := j.fold(&evidence.Program{Source: source}); err != nil {
			return err
		}
	}
	return nil
}

// round holds one round, in the order of validator/round.go.
func (j *judge) round(w *world) error {
	opened := &evidence.Opened{
		Round: w.round, Secret: j.state.NextSecret(), Block: w.block, BlockHash: w.blockHash, Time: w.now, Epoch: w.epoch,
		Neurons: w.neurons, Rules: j.state.Rules(), Fold: scoring.FoldVersion,
	}
	tasks := j.labour.Tasks(opened)
	seed := validator.SeedOf(w.secret(j.seed, opened.Secret), opened.BlockHash)
	plan := validator.MakePlan(seed, j.state, opened, tasks)
	bodies := []evidence.Body{opened}
	for _, t := range tasks {
		bodies = append(bodies, t)
	}
	for _, b := range bodies {
		if err := j.fold(b); err != nil {
			return err
		}
		j.note(w, b)
	}
	items := j.labour.Lookups(opened)
	cited := map[string]bool{}
	clear(j.made)
	for _, p := range plan.Miners {
		x, err := j.talk(w, p, plan.Asks, items, cited)
		if err != nil {
			return err
		}
		if err := j.fold(x); err != nil {
			return err
		}
		j.note(w, x)
	}
	if err := j.fold(j.reference(w, plan, cited)); err != nil {
		return err
	}
	for _, t := range j.labour.Truths(opened.Round) {
		if err := j.fold(t); err != nil {
			return err
		}
		j.note(w, t)
	}
	return j.fold(&evidence.Closed{Round: opened.Round, Secret: w.secret(j.seed, opened.Secret)})
}

// reference looks all pages of a round up.
func (j *judge) reference(w *world, plan validator.Plan, cited map[string]bool) *evidence.Reference {
	control := map[string]bool{}
	for _, uri := range plan.Refetch {
		cited[uri] = true
	}
	for _, uri := range plan.Controls {
		cited[uri], control[uri] = true, true
	}
	uris := make([]string, 0, len(cited))
	for uri := range cited {
		uris = append(uris, uri)
	}
	slices.SortFunc(uris, strings.Compare)
	ref := &evidence.Reference{Round: w.round, Fetches: make([]evidence.Fetch, 0, len(uris))}
	for _, uri := range uris {
		f := w.pages.fetch(j.hotkey, w.round, uri, w.now, w.issued, j.made)
		f.Control = control[uri]
		ref.Fetches = append(ref.Fetches, f)
		j.learnGold(w, f)
	}
	j.fetches += uint64(len(uris))
	return ref
}

// learnGold knows the truth of a share of the pages.
func (j *judge) learnGold(w *world, f evidence.Fetch) {
	number, _, ok := w.pages.numberOf(f.URI)
	if !ok || f.Status != evidence.FetchFound {
		return
	}
	for name, p := range w.labelling {
		if truth, known := w.pages.gold(j.hotkey, p, number); known {
			j.labour.Gold[name][f.ID] = truth
		}
	}
}

// talk is the conversation with one miner.
func (j *judge) talk(w *world, p validator.MinerPlan, asks []protocol.ClaimAsk, items map[string]validator.Lookup, cited map[string]bool) (*evidence.Exchange, error) {
	x := &evidence.Exchange{Round: w.round, Miner: p.Hotkey}
	m := w.byKey[p.Hotkey]
	if m == nil {
		return nil, fmt.Errorf("simulate: the plan asks %s, which is no miner", p.Hotkey.Short())
	}
	c := call{judge: j, world: w, miner: m, exchange: x}
	c.root()
	if err := c.items(p, cited); err != nil {
		return nil, err
	}
	c.claims(p, asks)
	for _, work := range p.Work {
		if err := c.work(work, items[work.Program]); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// call makes the calls of a conversation. Once cut, those that are left have the outcome
// of the one that cut it.
type call struct {
	judge    *judge
	world    *world
	miner    *miner
	exchange *evidence.Exchange
	cut      evidence.Outcome
}

func (c *call) envelope(kind protocol.Kind) protocol.Envelope {
	return protocol.Envelope{Version: protocol.Version, Kind: kind, From: c.judge.hotkey, To: c.miner.hotkey, Round: c.world.round}
}

func (c *call) add(r *evidence.Reading, outcome evidence.Outcome, reason protocol.Reason) {
	if c.cut != evidence.NotAsked {
		outcome, reason = c.cut, protocol.ReasonTimeout
	}
	if outcome == evidence.Late || outcome == evidence.Offline {
		c.cut = outcome
	}
	c.exchange.Calls = append(c.exchange.Calls, evidence.Told(r, outcome, reason))
}

func (c *call) root() {
	r := &evidence.Reading{Asked: c.envelope(protocol.KindRootRequest), Request: &protocol.RootRequest{}}
	v, ok := c.miner.index.newest()
	if !ok {
		c.add(r, evidence.Refused, protocol.ReasonRefused)
		return
	}
	r.Root = v.root(c.world.netuid, c.miner.hotkey)
	c.add(r, evidence.Answered, "")
	seen := c.judge.receipts[c.miner.hotkey]
	if n := len(seen); n == 0 || seen[n-1].seq < v.seq {
		seen = slices.DeleteFunc(seen, func(s receipt) bool { return !item.KeepVersion(s.seq, v.seq) })
		c.judge.receipts[c.miner.hotkey] = append(seen, receipt{v.seq, c.world.block})
	}
}

func (c *call) items(p validator.MinerPlan, cited map[string]bool) error {
	req := &protocol.ItemsRequest{Parts: p.Parts}
	r := &evidence.Reading{Asked: c.envelope(protocol.KindItemsRequest), Request: req}
	if len(p.Parts) == 0 {
		if c.cut == evidence.NotAsked {
			c.add(r, evidence.Answered, "") // it takes its receipt
		}
		return nil
	}
	for _, part := range p.Parts {
		v, ok := c.miner.index.at(part.Seq)
		if !ok {
			c.add(r, evidence.BadProof, protocol.ReasonRoot)
			return nil
		}
		drawn, err := v.part(part, c.open, c.world.defences.DrawsByLeaf)
		if err != nil {
			return err
		}
		r.Parts = append(r.Parts, drawn)
	}
	if len(c.judge.state.Questions(c.miner.hotkey)) == 0 {
		c.judge.put[c.miner.hotkey] = 0
	}
	reaction := c.miner.react(c.world, c.judge, r.Parts)
	c.judge.put[c.miner.hotkey]++
	switch reaction {
	case zoo.Stall:
		c.add(r, evidence.Late, protocol.ReasonTimeout)
		return nil
	case zoo.Refuse:
		c.add(r, evidence.Refused, protocol.ReasonRefused)
		return nil
	}
	c.judge.put[c.miner.hotkey] = 0
	if c.add(r, evidence.Answered, ""); c.cut != evidence.NotAsked {
		return nil
	}
	for _, part := range r.Parts {
		for _, d := range part.Drawn {
			if d.Draw.Mode != protocol.DrawBucket {
				cited[d.Item.URI] = true
			}
		}
	}
	return nil
}

// open is an item that the miner holds.
func (c *call) open(key item.Key) *item.Item {
	q := c.miner.index.items[key]
	if q.kept != nil {
		return q.kept
	}
	x, ok := c.judge.made[q.post]
	if !ok {
		x = madeItem{c.miner.open(key), key.ID()}
		c.judge.made[q.post] = x
	}
	return x.item
}

// claims answers with what the miner can prove: the key under a version that this
// validator receipted in time, and under the newest one.
func (c *call) claims(p validator.MinerPlan, asks []protocol.ClaimAsk) {
	if len(asks) == 0 || p.Newest == 0 {
		return
	}
	r := &evidence.Reading{
		Asked: c.envelope(protocol.KindClaimsRequest), Request: &protocol.ClaimsRequest{Newest: p.Newest, Asks: asks},
	}
	x := c.miner.index
	newest, ok := x.at(p.Newest)
	for _, a := range asks {
		from, have := x.first[a.Key]
		if !have || !ok {
			continue
		}
		if _, still := newest.tree.Get(a.Key); !still {
			continue
		}
		for _, s := range c.judge.receipts[c.miner.hotkey] {
			if s.seq < from {
				continue
			}
			if v, kept := x.at(s.seq); kept && s.block <= a.NotAfter {
				if _, held := v.tree.Get(a.Key); held {
					r.Proven = append(r.Proven, evidence.Proven{Key: a.Key, Seq: s.seq})
				}
			}
			break
		}
	}
	c.add(r, evidence.Answered, "")
}

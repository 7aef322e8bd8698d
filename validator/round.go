package validator

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// RoundOf is the number of the round that a block belongs to.
func RoundOf(block, roundBlocks uint64) uint64 { return block / max(roundBlocks, 1) }

// round is one round on its way.
type round struct {
	opened *evidence.Opened
	axons  map[protocol.Hotkey]netip.AddrPort
	secret item.Hash
	seed   item.Hash
	tasks  []*evidence.Tasks
	plan   Plan
	talks  []*talk
}

// Summary is a closed round, for whoever watches.
type Summary struct {
	Round, Block uint64
	Duration     time.Duration
	Asked        int // miners
	Fetches      int // pages
	// Outcomes counts calls, and Reasons those that were not answered, by why.
	Outcomes map[evidence.Outcome]int
	Reasons  map[protocol.Reason]int
	// Scores are those after the round. They are shared and must not be changed.
	Scores []scoring.Score
}

// runRound holds the round of a head, from first to last. Errors up to Opened are
// the chain's and leave no trace; from then on an error is final.
func (v *Validator) runRound(ctx context.Context, head chain.Head) error {
	start := time.Now()
	r := &round{}
	// block, metagraph
	if ready, err := v.look(ctx, head, r); !ready || err != nil {
		return err
	}
	// plan
	if err := v.plan(r); err != nil {
		return err
	}
	// record: nobody is asked before the plan is durable
	if err := v.commit(r.opened); err != nil {
		return err
	}
	for _, t := range r.tasks {
		if err := v.commit(t); err != nil {
			return err
		}
	}
	v.brief(r)
	// ask, verify
	if err := v.ask(ctx, r); err != nil {
		return final("ask", err)
	}
	// reference
	reference := v.fetch(ctx, r)
	// record
	for _, t := range r.talks {
		if err := v.commit(t.exchange()); err != nil {
			return err
		}
	}
	if err := v.commit(reference); err != nil {
		return err
	}
	for _, t := range v.labour.Truths(r.opened.Round) {
		if len(t.Truths) == 0 {
			v.log.Error("the truths of a round cannot be told: its tasks are void", "program", t.Program, "round", t.Of, "why", "the file "+sealsFile+" is not the one that sealed them")
		}
		if err := v.commit(t); err != nil {
			return err
		}
	}
	// fold: commit folds every entry, and with this one the round counts
	if err := v.commit(&evidence.Closed{Round: r.opened.Round, Secret: r.secret}); err != nil {
		return err
	}
	v.finish(r, reference, time.Since(start))
	return nil
}

// look reads the metagraph at a head. It is not ready when miners would not answer
// this validator.
func (v *Validator) look(ctx context.Context, head chain.Head, r *round) (ready bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, v.cfg.ChainTimeout)
	defer cancel()
	graph, err := v.chain.Metagraph(ctx, head)
	if err != nil {
		return false, fmt.Errorf("read metagraph: %w", err)
	}
	if err := distinct(graph); err != nil {
		return false, fmt.Errorf("read metagraph: %w", err)
	}
	v.recognise(graph)
	if err := v.permitted(graph); err != nil {
		return false, err
	}
	r.opened = &evidence.Opened{
		Round: RoundOf(head.Number, v.cfg.RoundBlocks), Block: head.Number, BlockHash: head.Hash, Time: head.Time.Unix(),
		Epoch: v.view.clock.Index, Fold: scoring.FoldVersion,
	}
	r.axons = make(map[protocol.Hotkey]netip.AddrPort, len(graph.Neurons))
	for _, n := range graph.Neurons {
		r.opened.Neurons = append(r.opened.Neurons, evidence.Neuron{
			UID: n.UID, Hotkey: n.Hotkey, Permit: n.ValidatorPermit, Serving: n.Axon.Serving(),
		})
		r.axons[n.Hotkey] = n.Axon.AddrPort()
	}
	return true, nil
}

// distinct demands that every hotkey stands once: a round has one exchange with each.
func distinct(graph *chain.Metagraph) error {
	seen := make(map[protocol.Hotkey]bool, len(graph.Neurons))
	for _, n := range graph.Neurons {
		if seen[n.Hotkey] {
			return fmt.Errorf("hotkey %s has two uids", n.Hotkey.Short())
		}
		seen[n.Hotkey] = true
	}
	return nil
}

// permitted demands what miners demand of those whom they answer.
func (v *Validator) permitted(graph *chain.Metagraph) error {
	self, ok := graph.ByHotkey(v.signer.Hotkey())
	switch {
	case !ok:
		who := "hotkey " + v.signer.Hotkey().String()
		if v.cfg.Account != "" {
			who += ", address " + v.cfg.Account
		}
		return fmt.Errorf("%w: not registered on netuid %d as %s; register it with: assay register", errNoPermit, v.cfg.Netuid, who)
	case self.ValidatorPermit || v.cfg.AskWithoutPermit:
		return nil
	}
	need := "more stake"
	if v.cfg.MaxValidators > 0 {
		need = fmt.Sprintf("stake among the first %d", v.cfg.MaxValidators)
	}
	return fmt.Errorf("%w: registered as uid %d but holds no validator permit yet: it needs %s", errNoPermit, self.UID, need)
}

// plan takes the next secret, announcing a new chain of them when the old one is
// used up, and makes the plan.
func (v *Validator) plan(r *round) error {
	if v.state.NextSecret() > v.secrets.length {
		renewed, err := renewSecrets(v.cfg.SecretsPath, v.cfg.SecretLength)
		if err != nil {
			return final("renew secrets", err)
		}
		v.secrets = renewed
		v.log.Warn("new round secrets are announced", "file", v.cfg.SecretsPath, "entries", v.journal.Head().Seq, "why", "the old ones are used up")
		if err := v.commit(v.start()); err != nil {
			return err
		}
	}
	r.opened.Secret, r.opened.Rules = v.state.NextSecret(), v.state.Rules()
	r.secret = v.secrets.at(r.opened.Secret)
	r.seed = SeedOf(r.secret, r.opened.BlockHash)
	r.tasks = v.labour.Tasks(r.opened)
	r.plan = MakePlan(r.seed, v.state, r.opened, r.tasks)
	return nil
}

// brief prepares the conversations of a recorded plan.
func (v *Validator) brief(r *round) {
	t := terms{
		netuid: v.cfg.Netuid, self: v.signer.Hotkey(), tip: v.secrets.tip(),
		head: v.journal.Head().Anchor(), opened: r.opened, asks: r.plan.Asks,
	}
	items := v.labour.Lookups(r.opened)
	for _, m := range r.plan.Miners {
		r.talks = append(r.talks, &talk{script: script{t, m}, to: r.axons[m.Hotkey], root: rootsOf(v.state, m.Hotkey), items: items})
	}
}

// finish tells the watchers.
func (v *Validator) finish(r *round, ref *evidence.Reference, took time.Duration) {
	s := Summary{
		Round: r.opened.Round, Block: r.opened.Block, Duration: took, Asked: len(r.talks), Fetches: len(ref.Fetches),
		Outcomes: map[evidence.Outcome]int{}, Reasons: map[protocol.Reason]int{}, Scores: v.Scores(),
	}
	for _, t := range r.talks {
		for _, c := range t.calls {
			s.Outcomes[c.Outcome]++
			if c.Outcome != evidence.Answered {
				s.Reasons[c.Reason]++
			}
		}
	}
	v.metrics.closed(took)
	v.log.Info("round closed", s.attrs()...)
	v.troubled(r, ref)
	if v.cfg.OnRound != nil {
		v.cfg.OnRound(s)
	}
}

// attrs are the round as the log has it: one line for each that is closed.
func (s Summary) attrs() []any {
	attrs := []any{
		"round", s.Round, "block", s.Block, "asked", s.Asked, "pages", s.Fetches, "took_ms", s.Duration.Milliseconds(),
		"outcomes", tally(s.Outcomes, evidence.Outcome.String),
	}
	if len(s.Reasons) > 0 {
		attrs = append(attrs, "unanswered", tally(s.Reasons, func(r protocol.Reason) string { return string(r) }))
	}
	return attrs
}

// tally is counts as name=count, by name.
func tally[K comparable](counts map[K]int, name func(K) string) string {
	words := make([]string, 0, len(counts))
	for k, n := range counts {
		words = append(words, fmt.Sprintf("%s=%d", name(k), n))
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

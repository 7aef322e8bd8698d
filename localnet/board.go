package localnet

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/assaynet/assay/chain"
	assay "github.com/assaynet/assay/node"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/validator"
	"github.com/assaynet/assay/web"
)

// board is what the page shows: the metagraph at the newest head, and the first
// validator's scores after its newest round.
type board struct {
	blockTime time.Duration
	names     map[protocol.Hotkey]actor
	first     *assay.Validator
	site      *web.Site
	pictures  *pictures // nil where the parameters cannot be read

	mu     sync.Mutex
	clock  chain.EpochClock
	graph  *chain.Metagraph
	scores []scoring.Score
}

// openPage serves the page on a bound listener.
func (r *Run) openPage(l net.Listener) {
	b := &board{blockTime: r.world.BlockTime, names: r.names, first: r.first}
	b.pictures, _ = newPictures(scoring.DefaultParameters()) // which every node of the localnet has
	b.site = web.New(b.view)
	r.board = b
	registry := assay.NewRegistry()
	ops := assay.NewOps(l, registry, assay.NewReadiness(registry), b.site)
	fmt.Fprintf(r.talk, "page       http://%s\n\n", l.Addr())
	r.ground.run("page", func(ctx context.Context) error { return ops.Serve(ctx) })
}

// see takes a head's metagraph.
func (b *board) see(clock chain.EpochClock, m *chain.Metagraph) {
	b.mu.Lock()
	b.clock, b.graph = clock, m
	b.mu.Unlock()
	b.site.Notify()
}

// round takes the scores of a round.
func (b *board) round(s validator.Summary) {
	b.mu.Lock()
	b.scores = s.Scores
	b.mu.Unlock()
	b.site.Notify()
}

func (b *board) view() web.View {
	b.mu.Lock()
	defer b.mu.Unlock()
	status := b.first.Status()
	v := web.View{
		Title: "localnet", Network: "devnet", Netuid: netuid, Observer: "validator-1",
		BlockSeconds: b.blockTime.Seconds(), Epoch: b.clock.Index, NextEpoch: b.clock.Next,
		Round: status.Round, Unclosed: status.Unclosed, Voting: status.Voting,
	}
	for _, why := range []string{status.Waiting, status.Trouble, status.Overdue} {
		if why != "" {
			v.Warnings = append(v.Warnings, why)
		}
	}
	if status.LastVoteBlock > 0 {
		v.LastVote = &web.Vote{Epoch: status.LastVoteEpoch, Block: status.LastVoteBlock}
	}
	if b.graph == nil {
		return v
	}
	v.Block = b.graph.Block
	byKey := map[protocol.Hotkey]scoring.Score{}
	for _, s := range b.scores {
		byKey[s.Hotkey] = s
	}
	for _, l := range b.first.Labelling() {
		v.Labels = append(v.Labels, web.LabelProgram{
			Name: l.Program, Question: l.Question, Judged: l.Judged, Gold: l.Gold, Lost: l.Lost, Open: l.Open, Waiting: l.Waiting,
			Raters: l.Raters, Passed: l.Passed,
		})
	}
	keys := map[uint16]protocol.Hotkey{}
	for _, n := range b.graph.Neurons {
		keys[n.UID] = n.Hotkey
		s, scored := byKey[n.Hotkey]
		v.Neurons = append(v.Neurons, row(n, b.names[n.Hotkey], b.graph.Block, s, scored))
	}
	v.Waterfall = func(uid uint16) ([]web.Row, bool) {
		x, ok := b.first.Explain(keys[uid])
		return waterfall(x), ok
	}
	if b.pictures != nil {
		v.Cells = func(uid uint16) []web.Cell {
			x, _ := b.first.Explain(keys[uid])
			return b.pictures.cells(x)
		}
	}
	return v
}

func row(n chain.Neuron, a actor, block uint64, s scoring.Score, scored bool) web.Neuron {
	out := web.Neuron{
		UID: n.UID, Hotkey: n.Hotkey.String(), Role: a.role, Profile: a.profile, Stake: n.Stake,
		ValidatorTrust: share(n.ValidatorTrust), Consensus: share(n.Consensus), Incentive: share(n.Incentive),
		Dividends: share(n.Dividends), Emission: n.Emission, Updated: block - min(n.LastUpdate, block), Active: n.Active,
	}
	if n.Axon.IP.IsValid() && n.Axon.Port != 0 {
		out.Axon = net.JoinHostPort(n.Axon.IP.String(), fmt.Sprint(n.Axon.Port))
	}
	if scored {
		v := s.ValidShare
		out.Score = &web.Score{
			Mean: v.Mean, Lower: v.Lower, Upper: v.Upper, Checked: v.Checked,
			Value: s.Value, Weight: s.Weight, Rejected: s.Rejected, OnTrial: s.OnTrial, Flags: s.Flags,
			Products: products(s.Cells),
		}
	}
	return out
}

// products are the parts of a miner's pay, in the order of the programs.
func products(cells []scoring.CellScore) []web.Product {
	var out []web.Product
	var sum float64
	for _, c := range cells {
		name, kind := productOf(c.Name), "record"
		if c.Judges {
			kind = "judgement"
		}
		i := slices.IndexFunc(out, func(p web.Product) bool { return p.Name == name })
		if i < 0 {
			i = len(out)
			out = append(out, web.Product{Name: name, Kind: kind})
		}
		out[i].Pay += c.Pay
		sum += c.Pay
	}
	for i := range out {
		if sum > 0 {
			out[i].Pay /= sum
		}
	}
	return out
}

// productOf is the program in the name of a cell.
func productOf(cell string) string {
	name, _, _ := strings.Cut(cell, "/")
	return name
}

// waterfall is an explanation as rows: what the score is made of, cell by cell,
// then the newest items.
func waterfall(x scoring.Explanation) []web.Row {
	rows := []web.Row{{Term: "Weight", Result: fmt.Sprintf("%.4f", x.Weight), Note: "pay over all cells, as a share of all miners", Share: x.Weight}}
	if x.Rejected {
		rows = append(rows, web.Row{Level: 1, Term: "rejected", Result: "pays nothing", Note: "in every cell, or because questions stayed unanswered"})
	}
	if x.OnTrial {
		rows = append(rows, web.Row{Level: 1, Term: "on trial", Result: "pays nothing", Note: "turned bad; until what it serves is good again"})
	}
	if x.Watched {
		rows = append(rows, web.Row{Level: 1, Term: "watched", Result: "more draws", Note: "what it serves differs from all others'; costs no pay"})
	}
	if x.Away {
		rows = append(rows, web.Row{Level: 1, Term: "away", Result: "pays nothing", Note: "answered no draws lately"})
	}
	for _, f := range x.Flags {
		rows = append(rows, web.Row{Level: 1, Term: "flag", Result: f, Note: "a provable fault; pays nothing"})
	}
	for _, c := range x.Cells {
		of := cellRows(c, x.Gamma)
		if c.Judges {
			of = labelRows(c, x.Gamma)
		}
		for i := range of {
			of[i].Product = productOf(c.Name)
		}
		rows = append(rows, of...)
	}
	rows = append(rows, web.Row{Term: "Newest items", Result: fmt.Sprint(len(x.Items)), Note: fmt.Sprintf("%d more wait for a decision", x.Waiting)})
	for _, i := range x.Items {
		note, result := i.Draw, fmt.Sprintf("credit %s, fresh %.2f", i.CreditText(), i.Freshness)
		if i.Draw == "task" {
			result = i.Answer
		}
		if i.Reason != "" {
			note += "; " + scoring.ReasonText(i.Reason)
		}
		rows = append(rows, web.Row{Level: 2, Term: i.Verdict, Input: i.URI, Result: result, Note: note})
	}
	return rows
}

// labelRows are the rows of a labelling program.
func labelRows(c scoring.ExplainedCell, gamma int) []web.Row {
	exam := "passed the exam"
	switch {
	case c.Rejected:
		exam = fmt.Sprintf("REJECTED, pays nothing: ln e = %.1f; rejected at %.1f", c.LogE, c.RejectAt)
	case c.OnTrial:
		exam = fmt.Sprintf("ON TRIAL, pays nothing: CUSUM %.1f, alarm at %.1f", c.CUSUM, c.AlarmAt)
	case !c.Passed:
		exam = "has not passed the exam, pays nothing"
	}
	return []web.Row{
		{Term: c.Name, Result: fmt.Sprintf("%.5f", c.Pay), Note: fmt.Sprintf("value × skill^%d", gamma), Share: min(1, c.Pay)},
		{Level: 1, Term: "answered", Input: fmt.Sprintf("of %.0f tasks", c.Draws), Result: fmt.Sprintf("%.3f", c.Freshness), Share: c.Freshness},
		{Level: 1, Term: "work", Input: fmt.Sprintf("of %.2f in the network", c.NetworkBytes), Result: fmt.Sprintf("%.3f", c.UniqueBytes), Note: "wanted tasks that were answered, of all that the program allows", Share: min(1, c.UniqueBytes)},
		{Level: 1, Term: "value", Input: fmt.Sprintf("demand %.1f", c.Demand), Result: fmt.Sprintf("%.5f", c.Value), Note: "demand · work / (network + half)", Share: min(1, c.Value)},
		{Level: 1, Term: "right", Input: fmt.Sprintf("%d comparisons", c.Standing.Checked), Result: fmt.Sprintf("%.3f [%.3f, %.3f]", c.Standing.Mean, c.Standing.Lower, c.Standing.Upper), Note: "of comparisons with gold or peers; chance is 0.5", Share: c.Standing.Lower},
		{Level: 1, Term: "skill", Result: fmt.Sprintf("%.3f", c.Skill), Note: "2 × lower bound − 1; " + exam, Share: c.Skill},
	}
}

func cellRows(c scoring.ExplainedCell, gamma int) []web.Row {
	standing := fmt.Sprintf("%.3f [%.3f, %.3f]", c.Standing.Mean, c.Standing.Lower, c.Standing.Upper)
	verdict := fmt.Sprintf("ln e = %.1f; rejected at %.1f", c.LogE, c.RejectAt)
	if c.AlarmAt > 0 {
		verdict += fmt.Sprintf("; CUSUM %.1f, alarm at %.1f", c.CUSUM, c.AlarmAt)
	}
	switch {
	case c.Rejected:
		verdict = "REJECTED, pays nothing: " + verdict
	case c.OnTrial:
		verdict = "ON TRIAL, pays nothing: " + verdict
	}
	return []web.Row{
		{Term: c.Name, Result: fmt.Sprintf("%.5f", c.Pay), Note: fmt.Sprintf("value × lower bound^%d", gamma), Share: min(1, c.Pay)},
		{Level: 1, Term: "proven bytes", Result: fmt.Sprint(c.ProvenBytes), Note: "opened Merkle sums"},
		{Level: 1, Term: "credit", Input: fmt.Sprintf("%.0f draws", c.Draws), Result: fmt.Sprintf("%.3f", c.Credit), Note: "share of items held first", Share: c.Credit},
		{Level: 1, Term: "freshness", Result: fmt.Sprintf("%.3f", c.Freshness), Share: c.Freshness},
		{Level: 1, Term: "unique bytes", Input: fmt.Sprintf("of %.0f in the network", c.NetworkBytes), Result: fmt.Sprintf("%.0f", c.UniqueBytes), Note: "proven bytes, as far as draws were judged · valid · credit · freshness · resolved"},
		{Level: 1, Term: "resolved", Result: fmt.Sprintf("%.2f", c.Resolved), Note: "share of draws that could be decided, against the controls", Share: c.Resolved},
		{Level: 1, Term: "value", Input: fmt.Sprintf("demand %.1f", c.Demand), Result: fmt.Sprintf("%.5f", c.Value), Note: "demand · unique / (network + half)", Share: min(1, c.Value)},
		{Level: 1, Term: "valid share", Input: fmt.Sprintf("noise %.3f", c.Noise), Result: standing, Note: verdict, Share: c.Standing.Lower},
	}
}

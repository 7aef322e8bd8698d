package scoring

import (
	"slices"

	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring/standing"
)

// compared takes the contrast of one answer with one peer's.
func (r *rater) compared(peer protocol.Hotkey, c contrast, forget float64) {
	if r.peers == nil {
		r.peers = map[protocol.Hotkey]*standing.Posterior{}
	}
	p := r.peers[peer]
	if p == nil {
		p = &standing.Posterior{}
		r.peers[peer] = p
	}
	p.See(true, c.pass, forget)
	p.See(false, c.fail, forget)
}

// fade lets a round pass over what is known of a rater that is away.
func (r *rater) fade(by float64) {
	for _, p := range r.peers {
		p.Fade(by)
	}
}

// labelShare is the standing of a rater. In a program without gold it is not that of all
// its rows together, in which keys that agree with one another lift each other, but
//
//	Beta(N·m, N·(1 − m)),  m the lower median, over its peers, of the mean with that peer,
//
// N being the rows of all together: as long as fewer than half of a rater's peers are its
// accomplices, the median is that of an honest one. By the rules up to fold version 3 it
// was that of all rows.
func (s *State) labelShare(p *program.Program, h protocol.Hotkey, c *cell) Share {
	rule := s.params.standing()
	who := s.book(p.Name).raters[h]
	if !s.since(4) || p.Labelling.Gold > 0 || who == nil || len(who.peers) == 0 || s.without(WithoutMedian) {
		return rule.Share(c.valid, 0)
	}
	return rule.Share(who.amongPeers(rule, c.valid), 0)
}

// amongPeers is the posterior by the median over the peers; all has the rows with all of
// them together.
func (r *rater) amongPeers(rule standing.Rule, all standing.Posterior) standing.Posterior {
	means := make([]float64, 0, len(r.peers))
	for _, with := range r.peers { // in any order: they are sorted
		a, b := rule.PriorPass+with.Pass, rule.PriorFail+with.Fail
		means = append(means, a/(a+b))
	}
	slices.Sort(means)
	m, rows := means[(len(means)-1)/2], all.Rows()
	return standing.Posterior{Pass: float64(rows * m), Fail: float64(rows * (1 - m)), Checked: all.Checked}
}

package scoring

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring/standing"
)

// compared takes the contrast of one answer with one peer's.
func (r *rater) compared(peer protocol.Hotkey, c contrast) {
	if r.peers == nil {
		r.peers = map[protocol.Hotkey]*standing.Posterior{}
	}
	p := r.peers[peer]
	if p == nil {
		p = &standing.Posterior{}
		r.peers[peer] = p
	}
	p.Pass, p.Fail = p.Pass+c.pass, p.Fail+c.fail
}

// fade lets something pass over what is known of a rater beside each of its peers: an
// answer, or a round in which it is away. Peers that it is no more compared with are
// forgotten.
func (r *rater) fade(by float64) {
	for h, p := range r.peers { // each alone: any order
		if p.Fade(by); p.Rows() < leastRows {
			delete(r.peers, h)
		}
	}
}

// leastRows is what is left of the rows beside a peer that is forgotten.
const leastRows = 0.01

// labelShare is the standing of a rater. In a program without gold it is not that of all
// its rows together, in which keys that agree with one another lift each other, but
//
//	Beta(N·m, N·(1 − m)),  m the lower median, over its peers, of the share passed beside
//	each of them, one of whom less than a row is left counting for as much,
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
	return rule.Share(who.amongPeers(c.valid), 0)
}

// voice is how much a peer counts in the median.
func voice(p standing.Posterior) float64 { return min(1, p.Rows()) }

// amongPeers is the posterior by the median over the peers; all has the rows with all of
// them together.
func (r *rater) amongPeers(all standing.Posterior) standing.Posterior {
	with := make([]standing.Posterior, 0, len(r.peers))
	for _, h := range slices.SortedFunc(maps.Keys(r.peers), func(a, b protocol.Hotkey) int { return bytes.Compare(a[:], b[:]) }) {
		with = append(with, *r.peers[h])
	}
	slices.SortStableFunc(with, func(a, b standing.Posterior) int { return cmp.Compare(a.Pass/a.Rows(), b.Pass/b.Rows()) })
	var weight, half float64
	for _, p := range with {
		half += float64(0.5 * voice(p))
	}
	m, rows := 0.0, all.Rows()
	for _, p := range with {
		if m = p.Pass / p.Rows(); weight+voice(p) >= half {
			break
		}
		weight += voice(p)
	}
	return standing.Posterior{Pass: float64(rows * m), Fail: float64(rows * (1 - m)), Checked: all.Checked}
}

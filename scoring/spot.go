package scoring

import (
	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

// settleReference takes the controls, and gives every waiting draw its page.
func (s *State) settleReference(r *round) {
	fetches := r.reference.Fetches
	s.settleBeside(fetches)
	void := voided(fetches, program.Host)
	byURI := make(map[string]*evidence.Fetch, len(fetches))
	for i, f := range fetches {
		byURI[f.URI] = &fetches[i]
		if f.Control {
			s.host(program.Host(f.URI)).observe(f, s.params)
		}
	}
	for _, h := range s.sortedMiners() {
		for _, d := range s.miners[h].draws {
			if f := byURI[d.uri]; f != nil && d.spot.Verdict == Pending {
				s.spot(h, d, *f, void[d.host])
			}
		}
	}
	// Only now, so that who else was drawn the same in this round makes no difference.
	for _, h := range s.sortedMiners() {
		for _, d := range s.miners[h].draws {
			if d.spot.Verdict == Pass && d.passedAt == r.opened.Round {
				s.seen.add(d.id)
			}
		}
	}
	s.admit(r)
}

func (s *State) spot(h protocol.Hotkey, d *draw, f evidence.Fetch, void bool) {
	d.spot = checkSpot(d.id, d.label, f, void)
	if s.without(WithoutRefetch) {
		d.spot = Finding{Pass, ""}
	}
	switch {
	case d.spot.Reason == ReasonSpotGone && s.seen.has(d.id):
		// It was there when this validator looked before, so it is the source that
		// took it away, and the miner that never could know.
		d.spot = Finding{Unknown, ReasonSpotVanished}
	case s.since(4) && d.spot.Reason == ReasonSpotContent && s.seen.has(d.id):
		// It said so when this validator looked before, so the source changed it.
		d.spot = Finding{Unknown, ReasonSpotEdited}
	case d.spot.Verdict == Pending:
		if d.tries++; d.tries >= s.params.MaxTries {
			d.spot.Verdict = Unknown
		}
	case d.spot.Verdict == Pass:
		d.passedAt, d.again = s.last.Round, s.seen.has(d.id)
		s.host(d.host).remember(d.uri, h, s.knownGoodShare())
	}
}

func (s *State) host(name string) *host {
	h := s.hosts[name]
	if h == nil {
		h = &host{}
		s.hosts[name] = h
	}
	return h
}

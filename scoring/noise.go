package scoring

import (
	"slices"

	"github.com/assaynet/assay/evidence"
)

// knownGoodKept is how many known-good pages of a host are remembered.
const knownGoodKept = 256

// host is what known-good controls have told of a source's host, and of our own
// way to it.
type host struct {
	found, gone float64 // decided controls, with forgetting
	tried       float64 // controls fetched, with forgetting
	decided     float64 // of them, found or gone
	good        []string
}

// noise is η: the chance that a re-fetch of an honest item fails. Controls are
// pages that passed earlier, so that a control which is gone now measures the
// source's own decay. The prior is the program's stated noise, weighing as many
// controls as Parameters.NoisePrior.
type noise struct {
	Mean  float64
	Upper float64 // at Parameters.NoiseQuantile
	// Resolved is the share of controls that could be fetched at all.
	Resolved float64
}

func (h *host) noise(p *Parameters, stated float64) noise {
	var found, gone, tried, decided float64
	if h != nil {
		found, gone, tried, decided = h.found, h.gone, h.tried, h.decided
	}
	a := gone + float64(p.NoisePrior*stated)
	b := found + float64(p.NoisePrior*(1-stated))
	n := noise{Mean: a / (a + b), Resolved: (decided + 1) / (tried + 1)}
	if a > 0 {
		n.Upper = betaQuantile(a, b, p.NoiseQuantile)
	}
	return n
}

// observe takes one control.
func (h *host) observe(f evidence.Fetch, forget float64) {
	h.tried = float64(h.tried*forget) + 1
	h.decided = float64(h.decided * forget)
	switch f.Status {
	case evidence.FetchFound:
		h.found = float64(h.found*forget) + 1
		h.gone = float64(h.gone * forget)
		h.decided++
	case evidence.FetchGone:
		h.gone = float64(h.gone*forget) + 1
		h.found = float64(h.found * forget)
		h.decided++
		h.good = slices.DeleteFunc(h.good, func(u string) bool { return u == f.URI })
	}
}

// remember adds a page that passed to the pool that controls are drawn from.
func (h *host) remember(uri string) {
	if slices.Contains(h.good, uri) {
		return
	}
	h.good = append(h.good, uri)
	if len(h.good) > knownGoodKept {
		h.good = slices.Delete(h.good, 0, 1)
	}
}

// voided lists the hosts on which this round's outcomes decide nothing, for any
// miner: at least two controls were fetched there and none was found.
func voided(fetches []evidence.Fetch, hostOf func(string) string) map[string]bool {
	tried, found := map[string]int{}, map[string]int{}
	for _, f := range fetches {
		if f.Control {
			tried[hostOf(f.URI)]++
			if f.Status == evidence.FetchFound {
				found[hostOf(f.URI)]++
			}
		}
	}
	out := map[string]bool{}
	for h, n := range tried {
		out[h] = n >= 2 && found[h] == 0
	}
	return out
}

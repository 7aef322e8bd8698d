package scoring

import (
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring/acceptance"
	"github.com/assaynet/assay/scoring/kernel"
)

// knownGoodKept is how many known-good pages of a host are remembered.
const knownGoodKept = 256

// host is what known-good controls have told of a source's host, and of our own
// way to it. All counts forget.
type host struct {
	found, gone float64 // decided controls
	tried       float64 // controls fetched
	decided     float64 // of them, found or gone
	seen        float64 // what is left of the prior's weight, as 1 − seen
	good        []known
	isGood      map[string]bool         // by address
	goodOf      map[protocol.Hotkey]int // pages by miner
	// Decided controls in windows, for the bound that holds at all times: the
	// current window, the one before it, and how many there were before these.
	window, before window
	windows        uint64
}

// window counts whole controls, without forgetting.
type window struct{ found, gone uint64 }

func (w window) total() uint64 { return w.found + w.gone }

// known is a page that passed a spot check, and whose item it was.
type known struct {
	uri string
	by  protocol.Hotkey
}

func (h *host) add(o *host) {
	h.found += o.found
	h.gone += o.gone
	h.tried += o.tried
	h.decided += o.decided
	h.seen = max(h.seen, o.seen)
}

// noise is η: the chance that a re-fetch of an honest item fails. Controls are
// pages that passed earlier, so that a control which is gone now measures the
// source's own decay. The prior is the program's stated noise, weighing as many
// controls as Parameters.NoisePrior; it fades as controls are seen.
type noise struct {
	Mean  float64
	Upper float64 // at Parameters.NoiseQuantile, which paired rows do not need
	// Resolved is the share of controls that could be decided within as many tries
	// as a draw has.
	Resolved float64
}

func (h *host) noise(p *Parameters, stated float64) noise {
	if h == nil {
		h = &host{}
	}
	prior := float64(p.NoisePrior * (1 - h.seen))
	a := h.gone + float64(prior*stated)
	b := h.found + float64(prior*(1-stated))
	once := (h.decided + 1) / (h.tried + 1)
	n := noise{Resolved: 1 - kernel.Power(1-once, p.MaxTries)}
	if a > 0 {
		n.Mean = a / (a + b)
		if !p.Paired {
			n.Upper = kernel.BetaQuantile(a, b, p.NoiseQuantile)
		}
	}
	return n
}

// count takes one decided control into the window, and begins a new one when that is
// full.
func (h *host) count(gone bool, size uint64) {
	if h.window.total() >= size {
		h.before, h.window = h.window, window{}
		h.windows++
	}
	if gone {
		h.window.gone++
	} else {
		h.window.found++
	}
}

// bound is an upper bound of the noise of a host whose noise does not rise within two
// windows: the chance that it is ever missed, on any of the hosts, is at most
// Parameters.NoiseMiss. The j-th window's share of that chance is 1/(j·(j+1)), and
// within a window the bound holds at every control: see acceptance.MixtureUpper. The
// bounds of the window before and of the current one, once half full, hold together, so
// the lower one counts, but never less than the posterior's quantile: that promises
// nothing, but rises soon when the noise does, and verdicts are for good. In the first
// half window nothing is known yet and the promise rests on the program's word: the
// bound is the quantile, and at least the stated noise.
func (h *host) bound(p *Parameters, stated float64, hosts int) float64 {
	if h == nil {
		h = &host{}
	}
	of := func(w window, j float64) float64 {
		return acceptance.MixtureUpper(float64(w.gone), float64(w.found), 0.5, 0.5, p.NoiseMiss/float64(max(hosts, 1))/float64(j*(j+1)))
	}
	quantile := h.noise(p, stated).Upper
	j, half := float64(h.windows), h.window.total() >= p.NoiseWindow/2
	switch {
	case h.windows == 0 && !half:
		return max(stated, quantile)
	case h.windows == 0:
		return max(of(h.window, 1), quantile)
	case !half:
		return max(of(h.before, j), quantile)
	}
	return max(min(of(h.before, j), of(h.window, j+1)), quantile)
}

// observe takes one control.
func (h *host) observe(f evidence.Fetch, p *Parameters) {
	forget := p.Forget
	h.tried = float64(h.tried*forget) + 1
	h.decided = float64(h.decided * forget)
	if f.Status != evidence.FetchFound && f.Status != evidence.FetchGone {
		return
	}
	h.decided++
	if p.NoiseMiss > 0 {
		h.count(f.Status == evidence.FetchGone, p.NoiseWindow)
	}
	h.found, h.gone = float64(h.found*forget), float64(h.gone*forget)
	h.seen = 1 - float64((1-h.seen)*forget)
	if f.Status == evidence.FetchFound {
		h.found++
		return
	}
	h.gone++
	if h.isGood[f.URI] {
		h.dropGood(slices.IndexFunc(h.good, func(k known) bool { return k.uri == f.URI }))
	}
}

// knownGoodShare is how many pages of the pool may come from one miner, so that nobody
// makes the controls its own: by the rules of fold version 1 an eighth of it, which was
// enough to make the noise of a host seem so high that no verdict could be given.
func (s *State) knownGoodShare() int {
	if s.since(2) {
		return knownGoodKept / 32
	}
	return knownGoodKept / 8
}

// remember adds a page that passed to the pool that controls are drawn from. The
// oldest gives way: of the same miner when it has its share, else of all.
func (h *host) remember(uri string, by protocol.Hotkey, share int) {
	if h.isGood[uri] {
		return
	}
	if h.isGood == nil {
		h.isGood, h.goodOf = map[string]bool{}, map[protocol.Hotkey]int{}
	}
	h.good, h.isGood[uri] = append(h.good, known{uri, by}), true
	switch h.goodOf[by]++; {
	case h.goodOf[by] > share:
		h.dropGood(slices.IndexFunc(h.good, func(k known) bool { return k.by == by }))
	case len(h.good) > knownGoodKept:
		h.dropGood(0)
	}
}

// dropGood takes a page out of the pool, by its place.
func (h *host) dropGood(i int) {
	k := h.good[i]
	h.good = slices.Delete(h.good, i, i+1)
	delete(h.isGood, k.uri)
	if h.goodOf[k.by]--; h.goodOf[k.by] == 0 {
		delete(h.goodOf, k.by)
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

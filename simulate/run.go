package simulate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/validator"
	"github.com/assaynet/assay/zoo"
)

// Observer hears what happens, in order. Its methods are called by one goroutine.
type Observer interface {
	// Epoch is told of each epoch when it is over.
	Epoch(e Report)
	// Decided is told of each decision on a miner, before the epoch in which it was taken
	// ends.
	Decided(d Decision)
}

// Report is an epoch.
type Report struct {
	Epoch  uint64
	Miners []MinerReport
	Judges []JudgeReport
}

// MinerReport is what an actor got.
type MinerReport struct {
	Actor, Kind string
	Keys        int
	Weight      float64 // stake-weighted mean of the votes cast in this epoch, a share
	Incentive   float64 // share of what the chain paid to miners
	Burnt       uint64  // rao, ever
	Settings    string  // of an adversary
	Labels      LabelReport
}

// JudgeReport is what a validator did and got.
type JudgeReport struct {
	Actor, Kind              string
	Stake, VTrust, Dividends float64
	Fetches                  uint64             // in this epoch
	Weights                  map[string]float64 // by actor
	Vote                     Vote
}

// Vote is a weight vector as it goes to the chain.
type Vote struct{ UIDs, Weights []uint16 }

// Decision is a scoring.Decision with names.
type Decision struct {
	scoring.Decision
	Epoch                  uint64
	Joined                 uint64 // epoch in which the key was registered
	Validator, Actor, Kind string
}

// Options of a run.
type Options struct {
	Workers int // validators that judge side by side; 0 is as many as there are processors
}

// Run plays a scenario once. run is the number of the repetition: it changes the seed.
func Run(ctx context.Context, sc *Scenario, run int, to Observer, opt Options) error {
	w, err := newWorld(sc, run, opt)
	if err != nil {
		return err
	}
	var told []Decision
	for _, j := range w.judges {
		j.state.OnDecision(func(d scoring.Decision) {
			if m := w.everKey(d.Hotkey); m != nil {
				j.told = append(j.told, Decision{Decision: d, Epoch: w.epoch, Joined: m.joins, Validator: j.actor.name, Actor: m.actor.name, Kind: m.actor.kind})
			}
		})
	}
	round := uint64(1)
	for w.epoch = 0; w.epoch < sc.Epochs; w.epoch++ {
		if err := w.join(sc); err != nil {
			return err
		}
		end := (w.epoch + 1) * uint64(sc.Subnet.Tempo)
		for ; round*w.roundBlocks < end; round++ {
			if err := w.runRound(ctx, round); err != nil {
				return err
			}
		}
		told = told[:0]
		for _, j := range w.judges {
			told = append(told, j.told...)
			j.told = nil
		}
		slices.SortStableFunc(told, func(a, b Decision) int { return int(a.Round) - int(b.Round) })
		for _, d := range told {
			to.Decided(d)
		}
		report, err := w.settle(end)
		if err != nil {
			return err
		}
		to.Epoch(report)
	}
	return nil
}

func newWorld(sc *Scenario, run int, opt Options) (*world, error) {
	if len(sc.Programs) == 0 || sc.Programs[0] == nil {
		return nil, errors.New("simulate: a scenario needs a program")
	}
	p, err := program.Decode(sc.Programs[0])
	if err != nil {
		return nil, err
	}
	seed := sc.Seed + uint64(run)*0x9e3779b97f4a7c15
	cfg := DefaultChain()
	cfg.Tempo, cfg.ImmunityPeriod, cfg.MaxUIDs, cfg.CommitReveal, cfg.RevealPeriod = sc.Subnet.Tempo, sc.Subnet.Immunity, sc.Subnet.MaxUIDs, sc.Subnet.CommitReveal, sc.Subnet.RevealPeriod
	cfg.Yuma3, cfg.Kappa, cfg.Emission, cfg.Burn, cfg.MinBurn = sc.Subnet.Yuma3, sc.Subnet.Kappa, sc.Subnet.Emission, sc.Subnet.Burn, min(cfg.MinBurn, sc.Subnet.Burn)
	w := &world{
		seed: seed, netuid: cfg.Netuid, roundBlocks: sc.Subnet.RoundBlocks, tempo: uint64(sc.Subnet.Tempo), blockSeconds: sc.Subnet.BlockSeconds,
		roundSeconds: int64(sc.Subnet.RoundBlocks) * sc.Subnet.BlockSeconds, began: 1_750_000_000,
		parameters: sc.Parameters, sources: sc.Programs, chain: NewChain(cfg), byKey: map[protocol.Hotkey]*miner{},
		incentive: map[protocol.Hotkey]float64{}, invented: map[int]uint64{}, workers: opt.Workers, defences: sc.Defences,
	}
	if w.parameters == nil {
		w.parameters = scoring.DefaultParameters()
	}
	if w.workers == 0 {
		w.workers = processors()
	}
	if err := w.openLabelling(sc); err != nil {
		return nil, err
	}
	w.now = w.began
	w.backlog = sc.Source.Backlog * float64(sc.Subnet.Tempo) / float64(sc.Subnet.RoundBlocks)
	w.pages = &pages{seed: seed, base: "https://" + p.Sources[0].Hosts[0], program: p, noise: sc.Source.Noise, bytes: [2]int{sc.Source.BodyLeast, sc.Source.BodyMost}, classes: sc.Labels.Classes, repeats: sc.Labels.Repeats, known: sc.Labels.Gold, everySpelling: sc.Defences.NoCanonical}
	if err := w.openValidators(sc); err != nil {
		return nil, err
	}
	return w, w.openMiners(sc, p)
}

func (w *world) openValidators(sc *Scenario) error {
	for _, g := range sc.Validators {
		for i := range g.Count {
			name := named(g.Name, i, g.Count)
			a := &actor{name: name, kind: g.Kind}
			j := &judge{
				actor: a, hotkey: keyOf(w.seed, name, 0), state: scoring.New(), receipts: map[protocol.Hotkey][]receipt{}, drew: map[protocol.Hotkey][]*item.Item{}, put: map[protocol.Hotkey]int{}, made: made{},
			}
			j.seed = item.Sum("assay/simulate/validator", j.hotkey[:])
			j.labour = &validator.Labour{State: j.state, Seals: j.seed, Gold: map[string]map[item.Hash]string{}}
			for name := range w.labelling {
				j.labour.Gold[name] = map[item.Hash]string{}
			}
			if _, _, err := w.chain.Register(j.hotkey, g.Stake*1e9, 0); err != nil {
				return fmt.Errorf("simulate: register %s: %w", name, err)
			}
			if err := j.begin(w); err != nil {
				return err
			}
			w.judges = append(w.judges, j)
		}
	}
	return nil
}

// openMiners makes all actors; those that join later wait.
func (w *world) openMiners(sc *Scenario, p *program.Program) error {
	perRound := func(pages float64) float64 { return pages * float64(sc.Subnet.RoundBlocks) / float64(sc.Subnet.Tempo) }
	all := make([]uint8, len(p.Labels))
	for i := range all {
		all[i] = uint8(i)
	}
	shared := territory{rate: perRound(sc.Source.Shared), labels: all}
	w.territories = append(w.territories, shared)
	for _, g := range sc.Miners {
		for i := range g.Count {
			kind, settings := g.kindOf()
			a := &actor{name: named(g.Name, i, g.Count), kind: kind, settings: spell(settings)}
			w.actors = append(w.actors, a)
			own := territory{number: uint64(len(w.territories)), rate: perRound(g.Pages), labels: topics(all, g.Topics, len(w.territories))}
			w.territories = append(w.territories, own)
			conducts := []zoo.Conduct{nil}
			if g.Kind != Honest {
				adversary, ok := zoo.Find(g.Kind)
				if !ok {
					return fmt.Errorf("simulate: no adversary is called %q", g.Kind)
				}
				settings := adversary.Defaults()
				for name, value := range g.Settings {
					settings[name] = value
				}
				conducts = adversary.Make(settings, w.seed^uint64(len(w.actors)))
			}
			var claims []claimed
			if own.rate > 0 {
				claims = append(claims, claimed{territory: own, share: 1})
			}
			if shared.rate > 0 && g.Share > 0 {
				claims = append(claims, claimed{territory: shared, share: g.Share, lag: g.Lag})
			}
			minds, err := w.minds(g.Labels, a, len(conducts), w.seed^uint64(len(w.actors)))
			if err != nil {
				return err
			}
			for len(conducts) < len(minds) {
				conducts = append(conducts, nil)
			}
			for i, c := range conducts {
				m := w.newMiner(a, c, p, g.Quality, claims, g.Join)
				m.leaves = g.Leave
				if i < len(minds) {
					m.worker = newWorker(w, m, minds[i], g.Labels.Kind == "honest")
				}
			}
		}
	}
	return nil
}

func (w *world) newMiner(a *actor, c zoo.Conduct, p *program.Program, quality float64, claims []claimed, join uint64) *miner {
	a.ever++
	if quality == 0 {
		quality = 1
	}
	m := &miner{
		actor: a, number: len(w.miners), hotkey: keyOf(w.seed, a.name, a.ever), pages: w.pages, program: p, claims: slices.Clone(claims),
		index: newIndex(), conduct: c, quality: quality, recent: map[item.Hash]post{}, joins: join,
	}
	m.rng = rand.New(rand.NewPCG(w.seed, uint64(m.number)+1))
	w.miners = append(w.miners, m)
	return m
}

// join registers those whose time has come.
func (w *world) join(sc *Scenario) error {
	w.block = w.epoch * uint64(sc.Subnet.Tempo)
	w.churn(sc.Churn.Share)
	for _, m := range w.miners {
		if m.leaves == w.epoch && m.leaves > 0 && w.byKey[m.hotkey] == m {
			if err := w.leave(m); err != nil {
				return err
			}
		}
	}
	for _, m := range w.renewing {
		if w.byKey[m.hotkey] != m {
			continue
		}
		if err := w.leave(m); err != nil {
			return err
		}
		again := w.newMiner(m.actor, m.conduct, m.program, m.quality, m.claims, w.epoch)
		again.claims, again.leaves = m.claims, m.leaves
		if m.worker != nil {
			again.worker = newWorker(w, again, m.worker.mind, false)
			again.worker.seals = m.worker.seals
		}
		again.inherit(m, m.heirloom)
	}
	w.renewing = nil
	for _, m := range w.miners {
		if m.joins == w.epoch && w.byKey[m.hotkey] == nil && !m.joined {
			m.joined = true
			if err := w.register(m.actor, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// churn lets honest keys give up, by chance.
func (w *world) churn(share float64) {
	for _, m := range w.miners {
		if m.conduct == nil && w.epoch > 0 && w.byKey[m.hotkey] == m && w.pages.chance("churn", m.hotkey[:], w.epoch, 0) < share {
			w.renewing = append(w.renewing, m)
		}
	}
}

// leave lets a key fall silent: it serves nobody any more.
func (w *world) leave(m *miner) error {
	w.drop(m)
	if err := w.chain.Serve(m.hotkey, false); err != nil {
		return fmt.Errorf("simulate: leave: %w", err)
	}
	return nil
}

// settle lets validators vote and runs the epoch.
func (w *world) settle(block uint64) (Report, error) {
	w.block = block
	r := Report{Epoch: w.epoch}
	weight := map[*actor]float64{}
	neurons := w.chain.Neurons()
	var stakes float64
	for _, j := range w.judges {
		uids, weights := j.state.Vote()
		j.ballot = ballot{uids, weights}
		uid, _ := w.chain.UID(j.hotkey)
		report := JudgeReport{Actor: j.actor.name, Kind: j.actor.kind, Weights: map[string]float64{}, Vote: Vote{uids, weights}, Fetches: j.fetches}
		j.fetches = 0
		var sum float64
		for _, x := range weights {
			sum += float64(x)
		}
		stake := float64(neurons[uid].Stake)
		stakes += stake
		for i, u := range uids {
			if m := w.byKey[neurons[u].Hotkey]; m != nil {
				report.Weights[m.actor.name] += float64(weights[i]) / sum
				weight[m.actor] += stake * float64(weights[i]) / sum
			}
		}
		r.Judges = append(r.Judges, report)
		if len(uids) > 0 {
			if err := w.chain.Vote(j.hotkey, uids, weights, block-1); err != nil {
				return r, fmt.Errorf("simulate: vote of %s: %w", j.actor.name, err)
			}
		}
	}
	e, err := w.chain.Epoch(block)
	if err != nil {
		return r, err
	}
	for i, j := range w.judges {
		uid, _ := w.chain.UID(j.hotkey)
		r.Judges[i].Stake, r.Judges[i].VTrust, r.Judges[i].Dividends = e.Stake[uid], e.VTrust[uid], e.Dividends[uid]
	}
	hidden := uint64(0)
	if cfg := w.chain.Config(); cfg.CommitReveal {
		hidden = cfg.RevealPeriod
	}
	w.publish(hidden)
	earned := map[*actor]float64{}
	clear(w.incentive)
	for _, n := range neurons {
		if m := w.byKey[n.Hotkey]; m != nil {
			earned[m.actor] += e.Incentive[n.UID]
			w.incentive[n.Hotkey] = e.Incentive[n.UID]
		}
	}
	for _, a := range w.actors {
		r.Miners = append(r.Miners, MinerReport{Actor: a.name, Kind: a.kind, Keys: len(a.keys), Weight: weight[a] / max(stakes, 1), Incentive: earned[a], Burnt: a.burnt, Settings: a.settings, Labels: a.labels()})
	}
	return r, nil
}

// everKey is the miner of a hotkey, whether or not it is still registered.
func (w *world) everKey(h protocol.Hotkey) *miner {
	i := slices.IndexFunc(w.miners, func(m *miner) bool { return m.hotkey == h })
	if i < 0 {
		return nil
	}
	return w.miners[i]
}

func named(name string, i, of int) string {
	if of == 1 {
		return name
	}
	return fmt.Sprintf("%s-%d", name, i+1)
}

// kindOf is what a group's miners are: honest, or the adversary that they play, which
// collects or labels.
func (g MinerGroup) kindOf() (kind string, settings map[string]float64) {
	if g.Kind == Honest && g.Labels.Kind != "" && g.Labels.Kind != Honest {
		return g.Labels.Kind, g.Labels.Settings
	}
	return g.Kind, g.Settings
}

// spell is settings as name=value, by name.
func spell(settings map[string]float64) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		words = append(words, fmt.Sprintf("%s=%g", name, settings[name]))
	}
	return strings.Join(words, " ")
}

// topics are n of all, from a place that depends on the territory.
func topics(all []uint8, n, from int) []uint8 {
	if n <= 0 || n >= len(all) {
		return all
	}
	var out []uint8
	for i := range n {
		out = append(out, all[(from*n+i)%len(all)])
	}
	return out
}

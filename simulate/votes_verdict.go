package simulate

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/assaynet/assay/zoo"
)

// PretenderVerdict is what a cheating validator earns in its worst case over its own
// settings.
type PretenderVerdict struct {
	Name     string
	Settings map[string]float64
	// Stake is its share of all stake, Change the share of miners that change quality in
	// each reveal period: without them the ratio says nothing.
	Stake, Change float64
	// Ratio is VoteResult.Ratio, per stake against honest validators; of a group it is
	// VoteResult.Group, against the same group voting honestly.
	Ratio  Estimate
	Pays   bool
	Result VoteResult
}

// Quality is the setting that says how good the miner of a group is, as a multiple of the
// mean. The trial tries it beside the group's own settings.
const Quality = "quality"

// Verdict looks for the settings with which a cheating validator earns most, in a quarter
// of the runs of the trial, and estimates with them in fresh ones. A group has the trial's
// GroupStake and one miner: one that is worth nothing, or as good as others.
func (x VoteTrial) Verdict(p zoo.Pretender) (PretenderVerdict, error) {
	settings := append([]zoo.Setting(nil), p.Settings...)
	if p.Group {
		x.Stake, x.Own = x.GroupStake, 1
		settings = append(settings, zoo.Setting{Name: Quality, Try: []float64{0, 1}})
	}
	search := x
	search.Runs, search.Seed = max(2, x.Runs/4), x.Seed+1
	best := PretenderVerdict{Name: p.Name, Stake: x.Stake, Change: x.Change}
	err := grid(settings, map[string]float64{}, func(at map[string]float64) error {
		r, err := search.with(p, at)
		if err != nil {
			return err
		}
		if best.Settings == nil || r.Mean > best.Ratio.Mean {
			best.Settings, best.Ratio = maps.Clone(at), r
		}
		return nil
	})
	if err != nil {
		return best, err
	}
	x.OwnQuality = best.Settings[Quality]
	if best.Result, err = x.Run(PretenderCheat(p, best.Settings)); err != nil {
		return best, err
	}
	best.Ratio = best.Result.of(p)
	best.Pays = best.Ratio.Pays()
	return best, nil
}

// of is the ratio that a verdict is about.
func (r VoteResult) of(p zoo.Pretender) Estimate {
	if p.Group {
		return r.Group
	}
	return r.Ratio
}

func (x VoteTrial) with(p zoo.Pretender, settings map[string]float64) (Estimate, error) {
	x.OwnQuality = settings[Quality]
	r, err := x.Run(PretenderCheat(p, settings))
	return r.of(p), err
}

// grid visits all combinations of what settings try.
func grid(settings []zoo.Setting, at map[string]float64, visit func(map[string]float64) error) error {
	if len(settings) == 0 {
		return visit(at)
	}
	for _, v := range settings[0].Try {
		at[settings[0].Name] = v
		if err := grid(settings[1:], at, visit); err != nil {
			return err
		}
	}
	return nil
}

// ByStake are the verdicts on a group as it grows.
func (x VoteTrial) ByStake(p zoo.Pretender, stakes ...float64) ([]PretenderVerdict, error) {
	out := make([]PretenderVerdict, len(stakes))
	for i, s := range stakes {
		x.Stake, x.GroupStake = s, s
		var err error
		if out[i], err = x.Verdict(p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Without is the subnet's rules with a defence left out: commit_reveal false, or kappa as
// a number of parts of 65535.
func (c ChainConfig) Without(d zoo.Defence) (ChainConfig, error) {
	switch d.Parameter {
	case "commit_reveal":
		on, err := strconv.ParseBool(d.Off)
		c.CommitReveal = on
		return c, err
	case "kappa":
		v, err := strconv.ParseUint(d.Off, 10, 16)
		c.Kappa = uint16(v)
		return c, err
	}
	return c, fmt.Errorf("leave out %s: it is not a rule that validators are held to, which are commit_reveal and kappa", d.Parameter)
}

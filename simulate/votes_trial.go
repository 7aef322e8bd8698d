package simulate

import (
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/assaynet/assay/zoo"
)

// VoteTrial is an experiment on validators that cheat. Honest ones of equal stake measure
// miners with an error; one more, with a share of the stake, votes as it likes. A group
// that votes alike earns what one with its stake does, so one stands for a group. Nothing
// but measurements is random.
type VoteTrial struct {
	Chain  ChainConfig
	Honest int // validators
	Miners int // honest ones; their quality is 1 to 20 times the least, log-uniform
	// Stake is the cheat's share of all stake, GroupStake that of one that stands for a
	// group, see Verdict.
	Stake, GroupStake float64
	// Own are miners of the cheat, each OwnQuality times as good as the honest ones'
	// mean. Their quality does not change.
	Own        int
	OwnQuality float64
	// Noise is the relative error of one measurement, normal. Change is the share of the
	// miners that get another quality in each reveal period; of longer periods a part
	// changes in each epoch, so that the share over the period is that.
	Noise, Change float64
	// Memory is the share of its former row that an honest validator keeps in each epoch,
	// in [0, 1): what comes of a standing that forgets slowly.
	Memory float64
	// Settle is how many epochs the cheat measures too, so that it does not begin late;
	// WarmUp how many pass before pay counts, so that bonds settle; Epochs all of them.
	Settle, WarmUp, Epochs int
	Runs                   int
	Seed                   uint64
}

// DefaultVoteTrial has 4 honest validators and one more of the same stake, and 24 miners,
// of which 5 % change in each reveal period. An error of 10 % leaves honest validators a
// trust of 0.965, about the least that is promised. The smaller the error, the less there is
// to gain from what others measured: with 5 % a copier of open votes earns 1.015.
func DefaultVoteTrial() VoteTrial {
	return VoteTrial{
		Chain: DefaultChain(), Honest: 4, Miners: 24, Stake: 0.2, GroupStake: 0.45, Noise: 0.10, Change: 0.05,
		Settle: 8, WarmUp: 40, Epochs: 100, Runs: 16, Seed: 1,
	}
}

// VoteResult is what came of a trial.
type VoteResult struct {
	// Ratio is the cheat's dividends per stake over those of the honest validators.
	Ratio Estimate
	// Own is what its miners are paid over what they would be if it voted honestly; if they
	// are worth nothing, over what as many honest miners are paid then.
	Own Estimate
	// Group is what the cheat and its miners are paid together, over what they would be if
	// it voted honestly, with miners that are worth nothing replaced as in Own. It and Own
	// are of a cheat that has miners, else zero.
	Group Estimate
	// Trust is the median trust of the honest validators, Cheat that of the cheat.
	Trust, Cheat Estimate
}

// Cheat makes the conduct of the cheat in one run. A nil Cheat is one more honest
// validator.
type Cheat func(zoo.Means) Voter

// PretenderCheat is a cheating validator of the zoo with its settings.
func PretenderCheat(p zoo.Pretender, settings map[string]float64) Cheat {
	return func(m zoo.Means) Voter { return p.Make(settings, m) }
}

// Run plays all runs, side by side, and estimates.
func (x VoteTrial) Run(cheat Cheat) (VoteResult, error) {
	if err := x.check(); err != nil {
		return VoteResult{}, err
	}
	runs := make([]pair, x.Runs)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range runs {
		group.Go(func() (err error) {
			if runs[i].tally, err = x.play(uint64(i), cheat); err != nil || x.Own == 0 {
				return err
			}
			runs[i].fair, err = x.play(uint64(i), nil)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return VoteResult{}, err
	}
	of := func(value func(pair) float64) Estimate {
		values := make([]float64, len(runs))
		for i, r := range runs {
			values[i] = value(r)
		}
		return estimate(values)
	}
	counted := float64(x.Epochs - x.WarmUp)
	r := VoteResult{
		Ratio: of(func(r pair) float64 { return r.cheat / x.Stake / (r.honest / (1 - x.Stake)) }),
		Trust: of(func(r pair) float64 { return r.trust / counted }),
		Cheat: of(func(r pair) float64 { return r.cheatTrust / counted }),
	}
	if x.Own > 0 {
		r.Own = of(func(r pair) float64 { return r.own / x.displaced(r) })
		r.Group = of(func(r pair) float64 { return (r.cheat + r.own) / (r.fair.cheat + x.displaced(r)) })
	}
	return r, nil
}

// pair is one run, and the same one in which the cheat votes honestly. That is played
// only where the cheat has miners.
type pair struct {
	tally
	fair tally
}

// displaced is what honest work is paid in the place of the cheat's miners.
func (x VoteTrial) displaced(r pair) float64 {
	if x.OwnQuality > 0 {
		return r.fair.own
	}
	return r.fair.miners * float64(x.Own) / float64(x.Miners)
}

func (x VoteTrial) check() error {
	share := func(v float64) bool { return v >= 0 && v < 1 }
	switch {
	case x.Honest < 1 || x.Miners < 1 || x.Own < 0 || x.Honest+1+x.Miners+x.Own > int(x.Chain.MaxUIDs):
		return fmt.Errorf("vote trial: %d honest validators, a cheat and %d miners do not fit %d uids", x.Honest, x.Miners+x.Own, x.Chain.MaxUIDs)
	case !share(x.Stake) || x.Stake == 0 || !share(x.Memory) || !(x.Change >= 0 && x.Change <= 1) || !(x.Noise >= 0) || !(x.OwnQuality >= 0):
		return fmt.Errorf("vote trial: stake %v, memory %v, change %v, noise %v or quality %v is out of range", x.Stake, x.Memory, x.Change, x.Noise, x.OwnQuality)
	case x.WarmUp < 0 || x.Epochs <= x.WarmUp || x.Runs < 1:
		return fmt.Errorf("vote trial: %d runs of %d epochs after %d are nothing to count", x.Runs, x.Epochs, x.WarmUp)
	}
	return nil
}

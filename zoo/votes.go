package zoo

import (
	"math"
	"slices"
)

// Ballot is the row of one validator that everyone can read on the chain.
type Ballot struct {
	UID   uint16
	Stake float64 // its share of the stake that counts
	Made  uint64  // epoch in which it was made; with commit-reveal it is public later
	// Weights, by uid, sum to 1, or are all 0.
	Weights []float64
}

// Public is what everyone can read of a subnet at one time. All lists go by uid; shares
// are in [0, 1], and of the last epoch.
type Public struct {
	Epoch   uint64 // the one that runs
	Self    uint16 // uid of who looks
	Miners  []uint16
	Ballots []Ballot // by uid
	// Consensus is the weight that enough stake supports, Incentive and Dividends are what
	// miners and validators earn, VTrust is what clipping left of a validator's row.
	Consensus, Incentive, Dividends, VTrust []float64
}

// Voter decides the row of a validator, once an epoch. No uids are no vote: the last row
// goes on counting. It may change nothing of what it is shown.
type Voter interface {
	Vote(p *Public) (uids, weights []uint16)
}

// Pretender is a validator that cheats.
type Pretender struct {
	Name  string
	About string // what it does
	// Defence names the rule of the chain that it runs against, and the value that leaves
	// the rule out.
	Defence  Defence
	Settings []Setting
	// Group says that it stands for several validators, which have a miner of their own.
	Group bool
	// Make gives its conduct.
	Make func(settings map[string]float64, means Means) Voter
}

// Means are what a cheating validator has beside the public.
type Means struct {
	Own     []uint16 // uids of its own miners
	Measure Voter    // the row that honest work gives it, nil if it cannot work
}

// Defaults are the default values of its settings.
func (p Pretender) Defaults() map[string]float64 { return Adversary{Settings: p.Settings}.Defaults() }

// Pretenders are the validators that cheat, in the order of the documentation.
func Pretenders() []Pretender {
	return []Pretender{
		{
			Name: "weight-copy", About: "votes what others' public rows say, and measures nothing",
			Defence: Defence{Parameter: "commit_reveal", Off: "false"},
			Settings: []Setting{
				{Name: "copies", Low: 0, High: float64(CopyIncentive), Default: float64(CopyMedian), Try: []float64{0, 1, 2, 3, 4}},
				{Name: "lag", Low: 0, High: 8, Default: 0, Try: []float64{0, 1}},
				{Name: "keep", Low: 0, High: 0.95, Default: 0, Try: []float64{0, 0.5, 0.8}},
			},
			Make: func(s map[string]float64, _ Means) Voter {
				return &WeightCopy{Copies: Copied(s["copies"]), Lag: int(s["lag"]), Keep: s["keep"]}
			},
		},
		{
			Name: "lazy-validator", About: "votes without work: for all alike, one row for ever, what the chain paid last, or what is public",
			Defence: Defence{Parameter: "commit_reveal", Off: "false"},
			Settings: []Setting{
				{Name: "votes", Low: 0, High: float64(LazyMedian), Default: float64(LazyUniform), Try: []float64{0, 1, 2, 3}},
			},
			Make: func(s map[string]float64, _ Means) Voter { return &Lazy{Votes: LazyRow(s["votes"])} },
		},
		{
			Name: "cabal", About: "a group of validators that gives a share of its row to its own miner, and copies or measures the rest",
			Defence: Defence{Parameter: "kappa", Off: "13107"},
			Group:   true,
			Settings: []Setting{
				{Name: "share", Low: 0, High: 1, Default: 1, Try: []float64{0.002, 0.01, 0.03, 0.1, 0.3, 1}},
				{Name: "copies", Low: 0, High: float64(CopyNothing), Default: float64(CopyMedian), Try: []float64{float64(CopyMedian), float64(CopyNothing)}},
			},
			Make: func(s map[string]float64, m Means) Voter {
				c := &Cabal{Own: m.Own, Share: s["share"], Rest: &WeightCopy{Copies: Copied(s["copies"])}}
				if Copied(s["copies"]) == CopyNothing && m.Measure != nil {
					c.Rest = m.Measure
				}
				return c
			},
		},
	}
}

// FindPretender is the cheating validator of a name.
func FindPretender(name string) (Pretender, bool) {
	all := Pretenders()
	i := slices.IndexFunc(all, func(p Pretender) bool { return p.Name == name })
	if i < 0 {
		return Pretender{}, false
	}
	return all[i], true
}

// quantise is a row as it is sent: the largest weight 65535, the rest in proportion,
// uids ascending. A row without a positive weight, or with one that is no number, is no
// vote.
func quantise(row []float64) (uids, weights []uint16) {
	largest := 0.0
	for _, w := range row {
		largest = max(largest, w)
	}
	if !(largest > 0) || math.IsInf(largest, 1) {
		return nil, nil
	}
	for uid, w := range row {
		if v := math.Round(w / largest * math.MaxUint16); v > 0 {
			uids, weights = append(uids, uint16(uid)), append(weights, uint16(v))
		}
	}
	return uids, weights
}

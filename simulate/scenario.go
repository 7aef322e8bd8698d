package simulate

import "github.com/assaynet/assay/programs"

// Scenario is a subnet to be simulated.
type Scenario struct {
	Name   string `yaml:"name"`
	About  string `yaml:"about"`
	Seed   uint64 `yaml:"seed"`
	Epochs uint64 `yaml:"epochs"`
	Runs   int    `yaml:"runs"`

	Subnet Subnet `yaml:"subnet"`
	Source Source `yaml:"source"`

	Validators []ValidatorGroup `yaml:"validators"`
	Miners     []MinerGroup     `yaml:"miners"`
	Churn      Churn            `yaml:"churn"`

	// Parameters of the scoring as text; nil are those that ship. Programs likewise.
	Parameters []byte   `yaml:"-"`
	Programs   [][]byte `yaml:"-"`
}

// Subnet are the rules of the chain that a study may change.
type Subnet struct {
	Tempo        uint16 `yaml:"tempo"`        // blocks
	RoundBlocks  uint64 `yaml:"round_blocks"` // blocks
	BlockSeconds int64  `yaml:"block_seconds"`
	Immunity     uint64 `yaml:"immunity"` // blocks
	MaxUIDs      uint16 `yaml:"max_uids"`
	CommitReveal bool   `yaml:"commit_reveal"`
	RevealPeriod uint64 `yaml:"reveal_period"` // epochs
	Yuma3        bool   `yaml:"yuma3"`
	Kappa        uint16 `yaml:"kappa"`    // of 65535
	Burn         uint64 `yaml:"burn"`     // rao
	Emission     uint64 `yaml:"emission"` // rao an epoch
}

// Source is where items come from.
type Source struct {
	Noise Noise `yaml:"noise"`
	// BodyLeast and BodyMost bound the bytes of a page's text.
	BodyLeast int `yaml:"body_least"`
	BodyMost  int `yaml:"body_most"`
	// Backlog is for how many epochs there were pages before the first.
	Backlog float64 `yaml:"backlog"`
	// Shared are the pages an epoch that every miner may find.
	Shared float64 `yaml:"shared"`
}

// ValidatorGroup is validators of one kind.
type ValidatorGroup struct {
	Name  string `yaml:"name"`
	Count int    `yaml:"count"`
	Stake uint64 `yaml:"stake"` // alpha each
	Kind  string `yaml:"kind"`  // honest, weight-copy, lazy-validator
}

// MinerGroup is miners of one kind.
type MinerGroup struct {
	Name  string `yaml:"name"`
	Count int    `yaml:"count"`
	// Kind is honest, or the name of an adversary; Settings are the adversary's.
	Kind     string             `yaml:"kind"`
	Settings map[string]float64 `yaml:"settings"`
	// Quality is the share of its posts that an honest miner keeps whole.
	Quality float64 `yaml:"quality"`
	// Pages an epoch that appear in its own territory, on Topics of the program's labels;
	// 0 topics are all of them.
	Pages  float64 `yaml:"pages"`
	Topics int     `yaml:"topics"`
	// Share of the shared pages that it finds, after up to Lag rounds.
	Share float64 `yaml:"share"`
	Lag   uint64  `yaml:"lag"`
	// Join is the epoch in which it registers, Leave the one in which it falls silent; 0
	// is never.
	Join  uint64 `yaml:"join"`
	Leave uint64 `yaml:"leave"`
}

// Churn is the share of miners whose pages double or halve in each reveal period.
type Churn struct {
	Share float64 `yaml:"share"`
}

// Defaults are a small subnet: three validators and eight honest miners.
func Defaults() *Scenario {
	c := DefaultChain()
	forum, err := programs.Files.ReadFile("forum.yaml")
	if err != nil {
		forum = nil // it is embedded; Run says that there is no program
	}
	return &Scenario{
		Name: "small", Seed: 1, Epochs: 40, Runs: 1,
		Subnet: Subnet{
			Tempo: c.Tempo, RoundBlocks: 25, BlockSeconds: 12, Immunity: c.ImmunityPeriod, MaxUIDs: c.MaxUIDs, CommitReveal: true,
			RevealPeriod: c.RevealPeriod, Yuma3: c.Yuma3, Kappa: c.Kappa, Burn: c.Burn, Emission: c.Emission,
		},
		Source:     Source{Noise: Noise{Gone: 0.02}, BodyLeast: 200, BodyMost: 600, Backlog: 4},
		Validators: []ValidatorGroup{{Name: "validator", Count: 3, Stake: 1000, Kind: "honest"}},
		Miners:     []MinerGroup{{Name: "honest", Count: 8, Kind: "honest", Quality: 0.99, Pages: 40}},
		Programs:   [][]byte{forum},
	}
}

package simulate

import (
	"maps"
	"math"
	"regexp"
	"slices"

	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/yamlfile"
	"github.com/assaynet/assay/zoo"
)

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
	Labels     Labels           `yaml:"labels"`

	// ParameterFile names a file of scoring parameters, ProgramFiles program files or
	// programs that ship, Recorded folders of validators whose records are played instead
	// of miners. Whoever reads the scenario reads them too, into what follows.
	ParameterFile string   `yaml:"parameters"`
	ProgramFiles  []string `yaml:"programs"`
	Recorded      []string `yaml:"recorded"`
	// Defences of the surroundings that are left out.
	Defences Defences `yaml:"defences"`

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
	// Quality is the share of its posts that a miner keeps whole when it collects; 0 is
	// all of them.
	Quality float64 `yaml:"quality"`
	// Pages an epoch that appear in its own territory, on Topics of the program's labels;
	// 0 topics are all of them.
	Pages  float64 `yaml:"pages"`
	Topics int     `yaml:"topics"`
	// Share of the shared pages that it finds, after up to Lag rounds.
	Share float64 `yaml:"share"`
	Lag   uint64  `yaml:"lag"`
	// Labels is how it labels.
	Labels Labeller `yaml:"labels"`
	// Join is the epoch in which it registers, Leave the one in which it falls silent; 0
	// is never.
	Join  uint64 `yaml:"join"`
	Leave uint64 `yaml:"leave"`
}

// Defences are parts of a subnet that can be left out to see what they are there for; those
// of the scoring are named in its parameters, see scoring.Parameters.Without.
type Defences struct {
	// DrawsForeseen lets miners know the secrets that draws come from.
	DrawsForeseen bool `yaml:"draws_foreseen"`
	// NoCanonical lets a page be found under every spelling of its address, without saying
	// which is its own.
	NoCanonical bool `yaml:"no_canonical"`
	// DrawsByLeaf draws items with equal chances, whatever their bytes.
	DrawsByLeaf bool `yaml:"draws_by_leaf"`
}

// Churn is how often honest miners give up.
type Churn struct {
	// Share is the chance that an honest key is replaced in an epoch by a newcomer's, which
	// has nothing yet and finds the pages from then on.
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
		Labels:     Labels{Classes: []float64{0.75, 0.25}, Gold: 0.35},
		Validators: []ValidatorGroup{{Name: "validator", Count: 3, Stake: 1000, Kind: Honest}},
		Miners:     []MinerGroup{{Name: "honest", Count: 8, Kind: Honest, Quality: 0.99, Pages: 40}},
		Programs:   [][]byte{forum},
	}
}

// MaxScenario bounds a scenario file, in bytes.
const MaxScenario = 256 << 10

// Decode reads a scenario file strictly. What it leaves out has the value of Defaults; a
// list that it states replaces the default one.
func Decode(source []byte) (*Scenario, error) {
	sc := Defaults()
	f := yamlfile.Read("scenario", source, MaxScenario, sc)
	if len(f.Mistakes) == 0 {
		sc.check(f.Bad)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return sc, nil
}

var slug = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// Bounds of what one scenario may ask for, so that memory and time are bounded.
const (
	MaxEpochs = 100_000
	MaxRuns   = 10_000
	mostKeys  = 4096
)

// check notes what is out of range.
func (sc *Scenario) check(bad func(format string, args ...any)) {
	in := func(key string, v, low, high float64) {
		if !(v >= low && v <= high) {
			bad("%s: %v, want %v to %v", key, v, low, high)
		}
	}
	in("epochs", float64(sc.Epochs), 1, MaxEpochs)
	in("runs", float64(sc.Runs), 1, MaxRuns)
	n := sc.Subnet
	in("subnet.tempo", float64(n.Tempo), float64(DefaultChain().WeightsRateLimit), math.MaxUint16)
	in("subnet.round_blocks", float64(n.RoundBlocks), 1, float64(n.Tempo))
	in("subnet.block_seconds", float64(n.BlockSeconds), 1, 3600)
	in("subnet.max_uids", float64(n.MaxUIDs), 1, mostKeys)
	in("subnet.reveal_period", float64(n.RevealPeriod), 1, 100)
	in("subnet.kappa", float64(n.Kappa), 0, math.MaxUint16)
	in("subnet.burn", float64(n.Burn), 0, 1e18)
	in("subnet.emission", float64(n.Emission), 1, 1e15)
	in("source.noise.gone", sc.Source.Noise.Gone, 0, 0.5)
	in("source.noise.failed", sc.Source.Noise.Failed, 0, 0.5)
	in("source.noise.vanish", sc.Source.Noise.Vanish, 0, 0.9)
	in("source.body_least", float64(sc.Source.BodyLeast), 1, 20_000)
	in("source.body_most", float64(sc.Source.BodyMost), float64(sc.Source.BodyLeast), 20_000)
	in("source.backlog", sc.Source.Backlog, 0, 1000)
	in("source.shared", sc.Source.Shared, 0, 1e6)
	in("churn.share", sc.Churn.Share, 0, 1)
	sc.Labels.check(bad, in)
	sc.checkGroups(bad, in)
}

func (sc *Scenario) checkGroups(bad func(format string, args ...any), in func(key string, v, low, high float64)) {
	names, keys := map[string]bool{}, 0
	name := func(key, text string) {
		if !slug.MatchString(text) {
			bad("%s.name: %.40q, want lower-case letters, digits and dashes, at most 32", key, text)
		} else if names[text] {
			bad("%s.name: %s stands twice", key, text)
		}
		names[text] = true
	}
	if len(sc.Validators) == 0 {
		bad("validators: at least one is needed")
	}
	for i, g := range sc.Validators {
		key := "validators[" + itoa(i) + "]"
		name(key, g.Name)
		in(key+".count", float64(g.Count), 1, mostKeys)
		in(key+".stake", float64(g.Stake), 1, 1e8)
		if g.Kind != Honest {
			bad("%s.kind: %.40q, want %s", key, g.Kind, Honest)
		}
		keys += min(g.Count, mostKeys)
	}
	for i, g := range sc.Miners {
		key := "miners[" + itoa(i) + "]"
		name(key, g.Name)
		in(key+".count", float64(g.Count), 1, mostKeys)
		in(key+".quality", g.Quality, 0, 1)
		in(key+".pages", g.Pages, 0, 1e5)
		in(key+".topics", float64(g.Topics), 0, 32)
		in(key+".share", g.Share, 0, 1)
		in(key+".lag", float64(g.Lag), 0, 1000)
		sc.checkKind(key, g, bad, in)
		g.Labels.check(key+".labels", bad, in)
		keys += min(g.Count, mostKeys)
	}
	if keys > mostKeys {
		bad("miners: %d keys of miners and validators, at most %d are allowed", keys, mostKeys)
	}
}

// checkKind checks what kind of miner a group is, and its settings.
func (sc *Scenario) checkKind(key string, g MinerGroup, bad func(format string, args ...any), in func(key string, v, low, high float64)) {
	if g.Kind == Honest {
		if len(g.Settings) > 0 {
			bad("%s.settings: an honest miner has none", key)
		}
		return
	}
	a, ok := zoo.Find(g.Kind)
	if !ok {
		bad("%s.kind: %.40q, want %s or an adversary: %s", key, g.Kind, Honest, zoo.Names())
		return
	}
	for _, setting := range slices.Sorted(maps.Keys(g.Settings)) {
		s, ok := a.Setting(setting)
		if !ok {
			bad("%s.settings.%s: %s has no such setting, want one of %s", key, setting, a.Name, a.SettingNames())
			continue
		}
		in(key+".settings."+setting, g.Settings[setting], s.Low, s.High)
	}
}

// Honest is the kind of those who do their work.
const Honest = "honest"

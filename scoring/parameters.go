package scoring

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/yamlfile"
)

//go:embed parameters.yaml
var defaultParameters []byte

// DefaultParameters is the source text of the parameters that ship.
func DefaultParameters() []byte { return bytes.Clone(defaultParameters) }

// MaxParameterBytes bounds a parameter file.
const MaxParameterBytes = 64 << 10

// Parameters of the fold; parameters.yaml says what each is for. NoiseMiss,
// ChangeAlarm and WatchRate belong to rules that came with fold version 2, and Paired to
// one of version 4; each is 0 where the rule is off, as in parameters that were recorded
// before. Where Paired is true, NoiseQuantile, NoiseMiss and NoiseWindow are not there,
// and ChangeAlarm and ChangeError are of raters alone.
type Parameters struct {
	Good  float64 `yaml:"good"`  // p0, of the reject verdict
	Bad   float64 `yaml:"bad"`   // p1, its alternative
	Alpha float64 `yaml:"alpha"` // chance of ever rejecting a good hotkey

	NoiseQuantile float64 `yaml:"noise_quantile"`
	NoisePrior    float64 `yaml:"noise_prior"`  // controls
	NoiseMiss     float64 `yaml:"noise_miss"`   // chance that a bound of the noise is ever missed
	NoiseWindow   uint64  `yaml:"noise_window"` // controls

	Paired     bool    `yaml:"paired"`      // rows are judged beside controls
	TrialAlarm float64 `yaml:"trial_alarm"` // of the CUSUM beside controls, natural logarithm of evidence
	TrialClear float64 `yaml:"trial_clear"` // that ends a trial, likewise

	ChangeAlarm float64 `yaml:"change_alarm"` // of the CUSUM, log-likelihood
	ChangeError float64 `yaml:"change_error"` // of the trial, either way

	WatchRate   float64 `yaml:"watch_rate"`   // false discovery rate
	WatchFactor int     `yaml:"watch_factor"` // times as many draws

	ForgetProgram float64 `yaml:"forget_program"` // per row of a program

	Forget      float64 `yaml:"forget"`       // per row
	ForgetRound float64 `yaml:"forget_round"` // per closed round
	PriorPass   float64 `yaml:"prior_pass"`   // rows
	PriorFail   float64 `yaml:"prior_fail"`   // rows
	Credible    float64 `yaml:"credible"`     // quantile of the lower bound
	Gamma       int     `yaml:"gamma"`

	ValuePrior float64 `yaml:"value_prior"` // draws

	MaxTries       int    `yaml:"max_tries"`
	PresentRounds  uint64 `yaml:"present_rounds"` // closed rounds
	ClaimsPerRound int    `yaml:"claims_per_round"`
	ClaimMemory    uint64 `yaml:"claim_memory"` // rounds
	FlagRounds     uint64 `yaml:"flag_rounds"`

	// Without names the rules that are left out, for studies of what they are there for:
	// see Rules. A node does not run with any.
	Without []string `yaml:"without"`
}

// DecodeParameters reads a parameter file strictly: every key once, none unknown, each
// in its range. All mistakes of a kind are reported together, each with its line and
// column and what is allowed: the error is a *yamlfile.Error.
func DecodeParameters(source []byte) (*Parameters, error) {
	p := new(Parameters)
	f := yamlfile.Read("parameter file", source, MaxParameterBytes, p)
	if len(f.Mistakes) == 0 {
		p.check(func(name, what string) { f.Bad("%s: %s", name, what) })
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

// check reports every parameter that is out of its range, or that belongs to a rule
// which is off.
func (p *Parameters) check(bad func(name, what string)) {
	in := func(name string, v, low, high float64) {
		if !(v >= low && v <= high) {
			bad(name, fmt.Sprintf("%v, want %v to %v", v, low, high))
		}
	}
	in("good", p.Good, 0.5, 0.999)
	in("bad", p.Bad, 0.01, float64(p.Good-0.01))
	in("alpha", p.Alpha, 1e-9, 0.5)
	p.checkNoise(in, bad)
	in("change_alarm", p.ChangeAlarm, 0, 100)
	if p.ChangeAlarm > 0 {
		in("change_error", p.ChangeError, 1e-6, 0.2)
	}
	in("watch_rate", p.WatchRate, 0, 0.5)
	if p.WatchRate > 0 {
		in("watch_factor", float64(p.WatchFactor), 1, 16)
	}
	in("forget", p.Forget, 0.5, 1)
	in("forget_round", p.ForgetRound, 0.5, 1)
	in("prior_pass", p.PriorPass, 0.01, 1000)
	in("prior_fail", p.PriorFail, 0.01, 1000)
	in("credible", p.Credible, 0.0001, 0.5)
	in("gamma", float64(p.Gamma), 1, 8)
	in("value_prior", p.ValuePrior, 0.1, 1000)
	in("max_tries", float64(p.MaxTries), 1, 20)
	in("present_rounds", float64(p.PresentRounds), 1, 100000)
	in("claims_per_round", float64(p.ClaimsPerRound), 1, protocol.MaxClaims)
	in("claim_memory", float64(p.ClaimMemory), 2, 100000)
	in("flag_rounds", float64(p.FlagRounds), 1, 1<<40)
	known := LeftOut()
	for i, name := range p.Without {
		if _, ok := known[name]; !ok || slices.Contains(p.Without[:i], name) {
			bad("without", fmt.Sprintf("%q, want each once of %s", name, strings.Join(slices.Sorted(maps.Keys(known)), ", ")))
		}
	}
}

// checkNoise checks what the noise is reckoned with by: controls beside rows, or a bound.
func (p *Parameters) checkNoise(in func(name string, v, low, high float64), bad func(name, what string)) {
	only := func(unset bool, name, of string) {
		if !unset {
			bad(name, "belongs to "+of+": leave it out")
		}
	}
	in("noise_prior", p.NoisePrior, 1, 10000)
	if p.Paired {
		in("forget_program", p.ForgetProgram, 0.5, 1)
		in("trial_alarm", p.TrialAlarm, 0, 100)
		if p.TrialAlarm > 0 {
			in("trial_clear", p.TrialClear, 0.1, 100)
		}
		const bound = "the rules that bound the noise, with paired: false"
		only(p.NoiseQuantile == 0, "noise_quantile", bound)
		only(p.NoiseMiss == 0, "noise_miss", bound)
		only(p.NoiseWindow == 0, "noise_window", bound)
		return
	}
	only(p.TrialAlarm == 0, "trial_alarm", "paired: true")
	only(p.TrialClear == 0, "trial_clear", "paired: true")
	only(p.ForgetProgram == 0, "forget_program", "paired: true")
	in("noise_quantile", p.NoiseQuantile, 0.5, 0.9999)
	in("noise_miss", p.NoiseMiss, 0, 0.5)
	if p.NoiseMiss > 0 {
		in("noise_window", float64(p.NoiseWindow), 16, 1e6)
	}
}

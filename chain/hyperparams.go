package chain

import (
	"fmt"
	"math"
	"slices"

	"github.com/assaynet/assay/chain/scale"
)

// Hyperparams are the rules of a subnet. Periods and rate limits are in blocks
// unless said; amounts are in rao; Kappa, MaxWeight and the alphas are parts of
// 65535. A parameter that the node does not know is zero.
type Hyperparams struct {
	Tempo                uint16
	ImmunityPeriod       uint16
	MinAllowedWeights    uint16
	MaxWeight            uint16
	WeightsVersion       uint64
	WeightsRateLimit     uint64
	ServingRateLimit     uint64
	MaxValidators        uint16
	CommitRevealEnabled  bool
	CommitRevealPeriod   uint64 // in epochs
	YumaVersion          uint16 // 2 or 3
	Kappa                uint16
	LiquidAlphaEnabled   bool
	AlphaLow, AlphaHigh  uint16
	AlphaSteepness       int16  // of the sigmoid, in hundredths
	BondsMovingAverage   uint64 // parts of 1,000,000
	BondsResetEnabled    bool
	ActivityCutoff       uint64
	ActivityCutoffFactor uint32 // tempos, in thousandths
	RegistrationAllowed  bool
	MinBurn, MaxBurn     uint64
	BurnHalfLife         uint16
	BurnIncrease         float64
	SubnetActive         bool
	OwnerCutEnabled      bool
	OwnerCutAutoLock     bool
	TransfersEnabled     bool // of stake between coldkeys
	UserLiquidityEnabled bool
	TargetRegistrations  uint16 // per adjustment interval, no longer used by the chain
	MaxRegistrations     uint16 // per block
	MinChildkeyTake      uint16
}

// The variants of a hyperparameter's value on the wire.
const (
	paramBool = iota
	paramU16
	paramU32
	paramU64
	paramU128
	paramTao
	paramI32F32
	paramU64F64
)

// ParamValue is one value of the hyperparameter list. Number holds integers and
// booleans, and the raw bits of fixed-point values.
type ParamValue struct {
	Variant uint8
	Number  scale.U128
}

// Param is one named value of the hyperparameter list.
type Param struct {
	Name  string
	Value ParamValue
}

// DecodeParams reads an Option<Vec<(name, value)>>, the reply of
// get_subnet_hyperparams_v3; nil means that the subnet does not exist.
func DecodeParams(b []byte) ([]Param, error) {
	d := scale.NewDecoder(b)
	if !d.Option() {
		return nil, d.Finish()
	}
	out := scale.Vector(d, 3, func(d *scale.Decoder) Param {
		return Param{Name: string(d.Bytes()), Value: decodeParam(d)}
	})
	if err := d.Finish(); err != nil {
		return nil, fmt.Errorf("decode hyperparameters: %w", err)
	}
	return out, nil
}

func decodeParam(d *scale.Decoder) ParamValue {
	v := ParamValue{Variant: d.U8()}
	switch v.Variant {
	case paramBool:
		if d.Bool() {
			v.Number.Lo = 1
		}
	case paramU16:
		v.Number.Lo = d.Compact(1<<16 - 1)
	case paramU32:
		v.Number.Lo = d.Compact(1<<32 - 1)
	case paramU64, paramTao:
		v.Number.Lo = d.Compact(1<<64 - 1)
	case paramU128:
		v.Number = d.CompactU128()
	case paramI32F32:
		v.Number.Lo = d.U64()
	case paramU64F64:
		v.Number = d.U128()
	default:
		d.Fail(fmt.Errorf("hyperparameter of unknown type %d", v.Variant))
	}
	return v
}

// EncodeParams writes the list in the form that DecodeParams reads.
func EncodeParams(list []Param) []byte {
	return scale.AppendVector([]byte{1}, list, func(b []byte, p Param) []byte {
		b = append(scale.AppendBytes(b, []byte(p.Name)), p.Value.Variant)
		switch p.Value.Variant {
		case paramBool:
			return append(b, byte(p.Value.Number.Lo))
		case paramI32F32:
			return scale.AppendU64(b, p.Value.Number.Lo)
		case paramU64F64:
			return scale.AppendU128(b, p.Value.Number)
		}
		return scale.AppendCompactU128(b, p.Value.Number)
	})
}

// field ties a name of the list to its variant and its place in Hyperparams.
type field struct {
	name    string
	variant uint8
	get     func(*Hyperparams) scale.U128
	set     func(*Hyperparams, scale.U128)
}

func number[T ~uint16 | ~uint32 | ~uint64](name string, variant uint8, at func(*Hyperparams) *T) field {
	return field{
		name, variant,
		func(h *Hyperparams) scale.U128 { return scale.U128{Lo: uint64(*at(h))} },
		func(h *Hyperparams, v scale.U128) { *at(h) = T(v.Lo) },
	}
}

func flag(name string, at func(*Hyperparams) *bool) field {
	return field{
		name, paramBool,
		func(h *Hyperparams) (v scale.U128) {
			if *at(h) {
				v.Lo = 1
			}
			return v
		},
		func(h *Hyperparams, v scale.U128) { *at(h) = v.Lo == 1 },
	}
}

// steepness is stored in hundredths, and sent as a fixed-point number.
func steepness() field {
	return field{
		"alpha_sigmoid_steepness", paramI32F32,
		func(h *Hyperparams) scale.U128 {
			return scale.U128{Lo: uint64(int64(h.AlphaSteepness) * (1 << 32) / 100)}
		},
		func(h *Hyperparams, v scale.U128) {
			// To the nearest hundredth: the division that made the bits truncated.
			hundredths := math.Round(float64(float64(int64(v.Lo))*100) / (1 << 32))
			h.AlphaSteepness = int16(max(math.MinInt16, min(math.MaxInt16, hundredths)))
		},
	}
}

// burnIncrease is sent with 64 fraction bits, of which a float64 keeps 53.
func burnIncrease() field {
	return field{
		"burn_increase_mult", paramU64F64,
		func(h *Hyperparams) scale.U128 {
			whole := uint64(h.BurnIncrease)
			part := h.BurnIncrease - float64(whole)
			return scale.U128{Hi: whole, Lo: uint64(float64(part*(1<<53))) << 11}
		},
		func(h *Hyperparams, v scale.U128) {
			h.BurnIncrease = float64(v.Hi) + float64(float64(v.Lo)/(1<<64))
		},
	}
}

// fields lists the parameters in the order in which the chain sends them.
func fields() []field {
	return []field{
		number("kappa", paramU16, func(h *Hyperparams) *uint16 { return &h.Kappa }),
		number("immunity_period", paramU16, func(h *Hyperparams) *uint16 { return &h.ImmunityPeriod }),
		number("min_allowed_weights", paramU16, func(h *Hyperparams) *uint16 { return &h.MinAllowedWeights }),
		number("max_weights_limit", paramU16, func(h *Hyperparams) *uint16 { return &h.MaxWeight }),
		number("tempo", paramU16, func(h *Hyperparams) *uint16 { return &h.Tempo }),
		number("weights_version", paramU64, func(h *Hyperparams) *uint64 { return &h.WeightsVersion }),
		number("weights_rate_limit", paramU64, func(h *Hyperparams) *uint64 { return &h.WeightsRateLimit }),
		number("activity_cutoff", paramU64, func(h *Hyperparams) *uint64 { return &h.ActivityCutoff }),
		number("activity_cutoff_factor", paramU32, func(h *Hyperparams) *uint32 { return &h.ActivityCutoffFactor }),
		flag("registration_allowed", func(h *Hyperparams) *bool { return &h.RegistrationAllowed }),
		number("target_regs_per_interval", paramU16, func(h *Hyperparams) *uint16 { return &h.TargetRegistrations }),
		number("min_burn", paramTao, func(h *Hyperparams) *uint64 { return &h.MinBurn }),
		number("max_burn", paramTao, func(h *Hyperparams) *uint64 { return &h.MaxBurn }),
		number("burn_half_life", paramU16, func(h *Hyperparams) *uint16 { return &h.BurnHalfLife }),
		burnIncrease(),
		number("bonds_moving_avg", paramU64, func(h *Hyperparams) *uint64 { return &h.BondsMovingAverage }),
		number("max_regs_per_block", paramU16, func(h *Hyperparams) *uint16 { return &h.MaxRegistrations }),
		number("serving_rate_limit", paramU64, func(h *Hyperparams) *uint64 { return &h.ServingRateLimit }),
		number("max_validators", paramU16, func(h *Hyperparams) *uint16 { return &h.MaxValidators }),
		number("commit_reveal_period", paramU64, func(h *Hyperparams) *uint64 { return &h.CommitRevealPeriod }),
		flag("commit_reveal_weights_enabled", func(h *Hyperparams) *bool { return &h.CommitRevealEnabled }),
		number("alpha_high", paramU16, func(h *Hyperparams) *uint16 { return &h.AlphaHigh }),
		number("alpha_low", paramU16, func(h *Hyperparams) *uint16 { return &h.AlphaLow }),
		flag("liquid_alpha_enabled", func(h *Hyperparams) *bool { return &h.LiquidAlphaEnabled }),
		steepness(),
		number("yuma_version", paramU16, func(h *Hyperparams) *uint16 { return &h.YumaVersion }),
		flag("subnet_is_active", func(h *Hyperparams) *bool { return &h.SubnetActive }),
		flag("transfers_enabled", func(h *Hyperparams) *bool { return &h.TransfersEnabled }),
		flag("bonds_reset_enabled", func(h *Hyperparams) *bool { return &h.BondsResetEnabled }),
		flag("user_liquidity_enabled", func(h *Hyperparams) *bool { return &h.UserLiquidityEnabled }),
		flag("owner_cut_enabled", func(h *Hyperparams) *bool { return &h.OwnerCutEnabled }),
		flag("owner_cut_auto_lock_enabled", func(h *Hyperparams) *bool { return &h.OwnerCutAutoLock }),
		number("min_childkey_take", paramU16, func(h *Hyperparams) *uint16 { return &h.MinChildkeyTake }),
	}
}

// Params is the list form of h, in the chain's order.
func (h Hyperparams) Params() []Param {
	var out []Param
	for _, f := range fields() {
		out = append(out, Param{f.name, ParamValue{Variant: f.variant, Number: f.get(&h)}})
	}
	return out
}

// maxRevealPeriod is the chain's bound, in epochs.
const maxRevealPeriod = 100

// hyperparamsOf picks the known names out of the list. Names that it does not
// know are left alone, since runtimes add some; a known name with another type,
// or the absence of one that voting depends on, is an error.
func hyperparamsOf(list []Param) (Hyperparams, error) {
	var h Hyperparams
	seen := make(map[string]bool, len(list))
	known := fields()
	for _, p := range list {
		seen[p.Name] = true
		i := slices.IndexFunc(known, func(f field) bool { return f.name == p.Name })
		if i < 0 {
			continue
		}
		if known[i].variant != p.Value.Variant {
			return h, fmt.Errorf("read hyperparameters: %s has type %d, want %d", p.Name, p.Value.Variant, known[i].variant)
		}
		known[i].set(&h, p.Value.Number)
	}
	for _, name := range []string{
		"tempo", "immunity_period", "min_allowed_weights", "weights_version", "weights_rate_limit",
		"max_validators", "commit_reveal_weights_enabled", "kappa",
	} {
		if !seen[name] {
			return h, fmt.Errorf("read hyperparameters: %s is absent", name)
		}
	}
	if h.CommitRevealEnabled && (h.CommitRevealPeriod < 1 || h.CommitRevealPeriod > maxRevealPeriod) {
		return h, fmt.Errorf("read hyperparameters: commit_reveal_period is %d, the chain allows 1 to %d", h.CommitRevealPeriod, maxRevealPeriod)
	}
	return h, nil
}

package casefile

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/assaynet/assay/yuma"
)

// defaults is what the reference program takes for fields that are left out. They
// are not those of a new subnet, which yuma.Defaults has.
func defaults() *yuma.Input {
	in := yuma.Defaults()
	in.MaxAllowedValidators = 128
	in.CommitRevealEnabled, in.Yuma3 = false, false
	return &in
}

// draft is an input of which not all fields have been read. What depends on n waits
// until n is known: members come in any order.
type draft struct {
	*yuma.Input
	weights, bonds packed
}

// input reads an input object.
func (d *decoder) input(path string) (*yuma.Input, error) {
	dr := draft{Input: defaults()}
	read := d.readers(&dr)
	seen := make(map[string]bool, len(read))
	err := d.object(path, func(path, key string) error {
		field := read[key]
		switch {
		case field == nil:
			return fmt.Errorf("%s: is not a field of an input; known are %s", path, strings.Join(known(read), ", "))
		case seen[key]:
			return fmt.Errorf("%s: appears twice", path)
		}
		seen[key] = true
		return field(path)
	})
	if err != nil {
		return nil, err
	}
	for _, key := range []string{"n", "rao_emission", "current_block", "alpha_stake"} {
		if !seen[key] {
			return nil, fmt.Errorf("%s.%s: is missing", path, key)
		}
	}
	if err := d.complete(path, &dr); err != nil {
		return nil, err
	}
	return dr.Input, nil
}

// readers maps the name of a field to what reads its value.
func (d *decoder) readers(in *draft) map[string]func(path string) error {
	return map[string]func(path string) error{
		"n":                            number(d, &in.N, yuma.MaxNeurons),
		"rao_emission":                 number(d, &in.Emission, math.MaxUint64),
		"current_block":                number(d, &in.Block, math.MaxUint64),
		"tempo":                        number(d, &in.Tempo, math.MaxUint16),
		"activity_cutoff_factor_milli": number(d, &in.ActivityCutoffFactor, math.MaxUint32),
		"last_mechanism_step_block":    number(d, &in.LastMechanismStepBlock, math.MaxUint64),
		"last_update":                  d.numbers(&in.LastUpdate),
		"block_at_registration":        d.numbers(&in.BlockAtRegistration),
		"alpha_stake":                  d.numbers(&in.AlphaStake),
		"tao_stake":                    d.numbers(&in.TaoStake),
		"tao_weight":                   number(d, &in.TaoWeight, math.MaxUint64),
		"stake_threshold":              number(d, &in.StakeThreshold, math.MaxUint64),
		"owner_uid":                    d.owner(&in.OwnerUID),
		"validator_permits":            d.flags(&in.ValidatorPermits),
		"max_allowed_validators":       number(d, &in.MaxAllowedValidators, math.MaxUint16),
		"weights":                      d.rows(&in.weights),
		"bonds":                        d.rows(&in.bonds),
		"commit_reveal_enabled":        d.flag(&in.CommitRevealEnabled),
		"active_commit_block":          d.commits(&in.ActiveCommitBlock),
		"kappa":                        number(d, &in.Kappa, math.MaxUint16),
		"bonds_penalty":                number(d, &in.BondsPenalty, math.MaxUint16),
		"bonds_moving_average":         number(d, &in.BondsMovingAverage, yuma.MaxBondsMovingAverage),
		"yuma3_enabled":                d.flag(&in.Yuma3),
		"liquid_alpha_enabled":         d.flag(&in.LiquidAlpha),
		"alpha_low":                    number(d, &in.AlphaLow, math.MaxUint16),
		"alpha_high":                   number(d, &in.AlphaHigh, math.MaxUint16),
		"alpha_sigmoid_steepness":      d.steepness(&in.AlphaSigmoidSteepness),
	}
}

func known(read map[string]func(string) error) []string {
	var names []string
	for name := range read {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// complete checks what concerns several fields and fills in what an absent list of
// one element per uid stands for: zeros, and no permits.
func (d *decoder) complete(path string, in *draft) error {
	if in.BlockAtRegistration == nil {
		in.BlockAtRegistration = make([]uint64, in.N)
	}
	for _, list := range []struct {
		field    string
		len      int
		optional bool
	}{
		{"alpha_stake", len(in.AlphaStake), false},
		{"block_at_registration", len(in.BlockAtRegistration), false},
		{"tao_stake", len(in.TaoStake), true},
		{"active_commit_block", len(in.ActiveCommitBlock), true},
	} {
		if list.len != in.N && !(list.optional && list.len == 0) {
			return fmt.Errorf("%s.%s: has %d elements, n is %d", path, list.field, list.len, in.N)
		}
	}
	if stakeTooLarge(in.AlphaStake, in.TaoStake) {
		return fmt.Errorf("%s.alpha_stake, %s.tao_stake: sum to 2^63 or more, where the chain's stakes saturate; there are 2.1*10^16 rao", path, path)
	}
	var err error
	if in.Weights, err = d.unpack(path+".weights", in.weights, in.N); err != nil {
		return err
	}
	if in.Bonds, err = d.unpack(path+".bonds", in.bonds, in.N); err != nil {
		return err
	}
	if err := in.Validate(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func stakeTooLarge(lists ...[]uint64) bool {
	var total uint64
	for _, list := range lists {
		for _, stake := range list {
			var carry uint64
			if total, carry = bits.Add64(total, stake, 0); carry != 0 || total > math.MaxInt64 {
				return true
			}
		}
	}
	return false
}

// number reads a whole number up to most.
func number[T ~int | ~uint16 | ~uint32 | ~uint64](d *decoder, to *T, most uint64) func(string) error {
	return d.value(func(t json.Token) error {
		v, err := unsigned(t, most)
		*to = T(v)
		return err
	})
}

// value reads a single token and says where it stands if it is wrong.
func (d *decoder) value(take func(json.Token) error) func(string) error {
	return func(path string) error {
		t, err := d.token(path)
		if err != nil {
			return err
		}
		if err := take(t); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	}
}

func (d *decoder) flag(to *bool) func(string) error {
	return d.value(func(t json.Token) (err error) {
		*to, err = boolean(t)
		return err
	})
}

func (d *decoder) steepness(to *int16) func(string) error {
	return d.value(func(t json.Token) error {
		v, err := signed(t, math.MinInt16, math.MaxInt16)
		*to = int16(v)
		return err
	})
}

func (d *decoder) owner(to **uint16) func(string) error {
	return d.value(func(t json.Token) error {
		if t == nil {
			return nil
		}
		v, err := unsigned(t, math.MaxUint16)
		uid := uint16(v)
		*to = &uid
		return err
	})
}

// maxList is the most elements that a list per uid may have: uids are 16-bit.
const maxList = 1 << 16

func (d *decoder) numbers(to *[]uint64) func(string) error {
	return func(path string) error {
		return d.list(path, maxList, func(t json.Token) error {
			v, err := unsigned(t, math.MaxUint64)
			*to = append(*to, v)
			return err
		})
	}
}

func (d *decoder) flags(to *[]bool) func(string) error {
	return func(path string) error {
		return d.list(path, maxList, func(t json.Token) error {
			v, err := boolean(t)
			*to = append(*to, v)
			return err
		})
	}
}

// commits reads blocks, null where a uid has no commit.
func (d *decoder) commits(to *[]uint64) func(string) error {
	return func(path string) error {
		return d.list(path, maxList, func(t json.Token) error {
			if t == nil {
				*to = append(*to, yuma.NoCommit)
				return nil
			}
			v, err := unsigned(t, math.MaxUint64)
			if err == nil && v == yuma.NoCommit {
				err = errors.New("18446744073709551615 is more than 18446744073709551614")
			}
			*to = append(*to, v)
			return err
		})
	}
}

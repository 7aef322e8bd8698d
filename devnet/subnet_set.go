package devnet

import (
	"math"

	"github.com/assaynet/assay/protocol"
)

// gasSetter is the weight of a change of a hyperparameter; the number is the
// devnet's own.
const gasSetter = 30_000

// Bounds of what an owner may set.
const (
	maxOwnerBondsAverage = 975_000
	minAlpha             = 1638 // 0.025 of 65535
	maxRevealPeriod      = 100  // epochs
	minCutoffFactor      = 1000
	maxCutoffFactor      = 50_000
)

// setter changes a hyperparameter to the values given, or names what is wrong with
// them.
type setter func(h *hyperRecord, args []any) error

// setterFunctions are those of 0x803 with which the coldkey of the subnet's owner
// sets hyperparameters. Not among them are those that have no effect here, but for
// setKappa, which the chain leaves to root: nobody is root here.
func setterFunctions() map[string]abiFunction {
	out := make(map[string]abiFunction)
	for name, set := range map[string]setter{
		"setWeightsSetRateLimit":         put(func(h *hyperRecord) *uint64 { return &h.WeightsRateLimit }),
		"setWeightsVersionKey":           put(func(h *hyperRecord) *uint64 { return &h.WeightsVersion }),
		"setServingRateLimit":            put(func(h *hyperRecord) *uint64 { return &h.ServingRateLimit }),
		"setImmunityPeriod":              put(func(h *hyperRecord) *uint16 { return &h.ImmunityPeriod }),
		"setMinAllowedWeights":           put(func(h *hyperRecord) *uint16 { return &h.MinAllowedWeights }),
		"setNetworkRegistrationAllowed":  put(func(h *hyperRecord) *bool { return &h.RegistrationAllowed }),
		"setCommitRevealWeightsEnabled":  put(func(h *hyperRecord) *bool { return &h.CommitReveal }),
		"setYuma3Enabled":                put(func(h *hyperRecord) *bool { return &h.Yuma3 }),
		"setLiquidAlphaEnabled":          put(func(h *hyperRecord) *bool { return &h.LiquidAlpha }),
		"setCommitRevealWeightsInterval": setRevealPeriod,
		"setActivityCutoffFactor":        setCutoffFactor,
		"setAlphaValues":                 setAlphaValues,
		"setAlphaSigmoidSteepness":       setSteepness,
		"setBondsMovingAverage":          setBondsAverage,
		"setMinBurn":                     setMinBurn,
		"setMaxBurn":                     setMaxBurn,
	} {
		out[name] = abiFunction{gas: gasSetter, paid: true, run: dispatch(byOwner(set))}
	}
	out["setKappa"] = abiFunction{gas: gasSetter, paid: true, run: dispatch(rootOnly)}
	return out
}

// byOwner wraps a setter in the checks that come before any bound.
func byOwner(set setter) func(*Chain, *state, protocol.Hotkey, []any) error {
	return func(c *Chain, st *state, coldkey protocol.Hotkey, args []any) error {
		if args[0].(uint16) != c.genesis.Netuid || !c.isOwner(st, coldkey) {
			return dispatchError("BadOrigin") // another subnet has no owner here
		}
		h := st.hyper()
		if err := set(&h, args[1:]); err != nil {
			return err
		}
		st.putHyper(h)
		return nil
	}
}

func rootOnly(*Chain, *state, protocol.Hotkey, []any) error { return dispatchError("BadOrigin") }

// isOwner reports whether the account is the coldkey of the subnet's owner.
func (c *Chain) isOwner(st *state, account protocol.Hotkey) bool {
	if c.genesis.Owner.IsZero() {
		return false
	}
	coldkey, ok := st.owner(c.genesis.Owner)
	return ok && coldkey == account
}

// put sets a hyperparameter of which every value is allowed.
func put[T any](field func(*hyperRecord) *T) setter {
	return func(h *hyperRecord, args []any) error {
		*field(h) = args[0].(T)
		return nil
	}
}

func setRevealPeriod(h *hyperRecord, args []any) error {
	epochs := args[0].(uint64)
	if epochs > maxRevealPeriod {
		return dispatchError("RevealPeriodTooLarge")
	}
	if epochs < 1 {
		return dispatchError("RevealPeriodTooSmall")
	}
	h.CommitRevealPeriod = epochs
	return nil
}

func setCutoffFactor(h *hyperRecord, args []any) error {
	factor := args[0].(uint32)
	if factor < minCutoffFactor || factor > maxCutoffFactor {
		return dispatchError("ActivityCutoffFactorOutOfBounds") // our name: the bounds are known, the chain's name is not
	}
	h.ActivityCutoffFactor = factor
	return nil
}

func setAlphaValues(h *hyperRecord, args []any) error {
	low, high := args[0].(uint16), args[1].(uint16)
	if !h.LiquidAlpha {
		return dispatchError("LiquidAlphaDisabled")
	}
	if high < minAlpha {
		return dispatchError("AlphaHighTooLow")
	}
	if low < minAlpha || low > high {
		return dispatchError("AlphaLowOutOfRange")
	}
	h.AlphaLow, h.AlphaHigh = low, high
	return nil
}

// setSteepness admits what is positive as the chain's signed number.
func setSteepness(h *hyperRecord, args []any) error {
	steepness := args[0].(uint16)
	if steepness > math.MaxInt16 {
		return dispatchError("NegativeSigmoidSteepness") // only root may
	}
	h.AlphaSteepness = int16(steepness)
	return nil
}

func setBondsAverage(h *hyperRecord, args []any) error {
	average := args[0].(uint64)
	if average > maxOwnerBondsAverage {
		return dispatchError("BondsMovingAverageMaxReached")
	}
	h.BondsMovingAverage = average
	return nil
}

// setMinBurn keeps the two bounds in order. The chain has bounds of these bounds
// too, which are not known here.
func setMinBurn(h *hyperRecord, args []any) error {
	least := args[0].(uint64)
	if least >= h.MaxBurn {
		return dispatchError("ValueNotInBounds")
	}
	h.MinBurn = least
	return nil
}

func setMaxBurn(h *hyperRecord, args []any) error {
	most := args[0].(uint64)
	if most <= h.MinBurn {
		return dispatchError("ValueNotInBounds")
	}
	h.MaxBurn = most
	return nil
}

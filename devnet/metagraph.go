package devnet

import (
	"math/bits"
	"slices"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/protocol"
)

// What the public chain shows for settings and results that no longer count.
const (
	pruningScore        = 65535
	adjustmentInterval  = 100
	targetRegistrations = 2
	maxRegistrations    = 1
)

// The subnet's name and symbol.
const (
	subnetName   = "Assay"
	subnetSymbol = "α"
)

// priceOne is a price of 1 with 32 fraction bits: alpha is not traded here, and
// counts as much as TAO.
const priceOne = 1 << 32

// selective builds the metagraph with the fields asked for. An index that no
// runtime knows is left out.
func (c *Chain) selective(st *state, indexes []uint16) ([]byte, error) {
	s := &chain.Selective{Netuid: c.genesis.Netuid, Fields: make(map[uint16]any, len(indexes))}
	v := c.neurons(st)
	for _, index := range indexes {
		if value := c.field(st, v, index); value != nil {
			s.Fields[index] = value
		}
	}
	return s.Encode()
}

// field is the value of an index, nil for one that does not exist. The fields of
// pools, identities and commitments, which this chain does not have, are those of
// a subnet where nobody has used them.
func (c *Chain) field(st *state, v []fullNeuron, index uint16) any {
	for _, of := range []func(*state, []fullNeuron, uint16) any{c.neuronField, c.ledgerField, c.settingField} {
		if value := of(st, v, index); value != nil {
			return value
		}
	}
	return nil
}

// neuronField is a column with one element per uid, or a list of neurons.
func (c *Chain) neuronField(_ *state, v []fullNeuron, index uint16) any {
	switch index {
	case chain.FieldHotkeys:
		return each(v, func(n fullNeuron) protocol.Hotkey { return n.Hotkey })
	case chain.FieldColdkeys:
		return each(v, func(n fullNeuron) protocol.Hotkey { return n.coldkey })
	case chain.FieldIdentities:
		return each(v, func(fullNeuron) [][]byte { return nil })
	case chain.FieldAxons:
		return each(v, func(n fullNeuron) chain.AxonInfo { return n.Axon })
	case chain.FieldActive:
		return each(v, func(n fullNeuron) bool { return n.Active })
	case chain.FieldValidatorPermit:
		return each(v, func(n fullNeuron) bool { return n.Permit })
	case chain.FieldPruning:
		return each(v, func(fullNeuron) uint64 { return pruningScore })
	case chain.FieldTrust, chain.FieldRank:
		return each(v, func(fullNeuron) uint64 { return 0 })
	case chain.FieldLastUpdate:
		return each(v, func(n fullNeuron) uint64 { return n.LastUpdate })
	case chain.FieldEmission:
		return each(v, func(n fullNeuron) uint64 { return n.Emission })
	case chain.FieldDividends:
		return each(v, func(n fullNeuron) uint64 { return uint64(n.Dividends) })
	case chain.FieldIncentives:
		return each(v, func(n fullNeuron) uint64 { return uint64(n.Incentive) })
	case chain.FieldConsensus:
		return each(v, func(n fullNeuron) uint64 { return uint64(n.Consensus) })
	case chain.FieldRegisteredAt:
		return each(v, func(n fullNeuron) uint64 { return n.RegisteredAt })
	case chain.FieldAlphaStake:
		return each(v, func(n fullNeuron) uint64 { return n.alpha })
	case chain.FieldTaoStake:
		return each(v, func(n fullNeuron) uint64 { return n.tao })
	case chain.FieldTotalStake:
		return each(v, func(n fullNeuron) uint64 { return c.weigh(n.alpha, n.tao) })
	case chain.FieldTaoDividends:
		return each(v, func(n fullNeuron) chain.HotkeyAmount { return chain.HotkeyAmount{Hotkey: n.Hotkey} })
	case chain.FieldAlphaDividends:
		return each(v, func(n fullNeuron) chain.HotkeyAmount {
			return chain.HotkeyAmount{Hotkey: n.Hotkey, Amount: n.dividend()}
		})
	case chain.FieldValidators:
		return validators(v)
	case chain.FieldCommitments:
		return []chain.HotkeyBytes{}
	}
	return nil
}

// dividend is what the latest epoch gave the neuron as a validator. The chain
// keeps it apart; here it is the emission of a neuron that earned nothing as a
// server.
func (n fullNeuron) dividend() uint64 {
	if n.Dividends == 0 || n.Incentive > 0 {
		return 0
	}
	return n.Emission
}

// validators lists the uids with a permit, those with more stake first.
func validators(v []fullNeuron) []uint64 {
	permitted := slices.DeleteFunc(slices.Clone(v), func(n fullNeuron) bool { return !n.Permit })
	slices.SortStableFunc(permitted, func(a, b fullNeuron) int {
		switch {
		case a.alpha > b.alpha:
			return -1
		case a.alpha < b.alpha:
			return 1
		}
		return 0
	})
	return each(permitted, func(n fullNeuron) uint64 { return uint64(n.uid) })
}

// ledgerField is a single value that changes by itself.
func (c *Chain) ledgerField(st *state, v []fullNeuron, index uint16) any {
	s := st.subnet()
	switch index {
	case chain.FieldBlock:
		return st.head().Number
	case chain.FieldLastStep:
		return s.LastStep
	case chain.FieldSinceStep:
		return s.SinceStep
	case chain.FieldPendingAlpha:
		sum, _ := bits.Add64(s.PendingServer, s.PendingValidator, 0)
		return sum
	case chain.FieldAlphaOut:
		var sum uint64
		for _, n := range v {
			sum += n.alpha
		}
		return sum
	case chain.FieldUIDs:
		return uint64(s.N)
	case chain.FieldBurn:
		return s.Burn
	case chain.FieldMovingPrice:
		return scale.U128{Lo: priceOne}
	case chain.FieldVolume:
		return scale.U128{}
	case chain.FieldSubnetEmission, chain.FieldAlphaIn, chain.FieldTaoIn, chain.FieldAlphaInEmission,
		chain.FieldTaoInEmission, chain.FieldPendingRoot:
		return uint64(0)
	}
	return nil
}

// settingField is a setting of the subnet.
func (c *Chain) settingField(st *state, _ []fullNeuron, index uint16) any {
	p := c.params(st)
	switch index {
	case chain.FieldName:
		return []byte(subnetName)
	case chain.FieldSymbol:
		return []byte(subnetSymbol)
	case chain.FieldIdentity:
		return [][]byte(nil)
	case chain.FieldNetworkRegisteredAt:
		return uint64(registeredAt)
	case chain.FieldOwnerHotkey:
		return p.Owner
	case chain.FieldOwnerColdkey:
		coldkey, _ := st.owner(p.Owner)
		return coldkey
	case chain.FieldAlphaOutEmission:
		return p.EmissionPerBlock
	case chain.FieldRegistrationOn:
		return p.RegistrationAllowed
	case chain.FieldPowRegistrationOn:
		return false
	case chain.FieldCommitReveal:
		return p.CommitReveal
	case chain.FieldLiquidAlpha:
		return p.LiquidAlpha
	}
	if n, ok := numericSettings(p)[index]; ok {
		return n
	}
	return nil
}

func numericSettings(p Genesis) map[uint16]uint64 {
	return map[uint16]uint64{
		chain.FieldTempo: uint64(p.Tempo), chain.FieldRho: rho, chain.FieldKappa: uint64(p.Kappa),
		chain.FieldMinWeights: uint64(p.MinAllowedWeights), chain.FieldMaxWeight: maxWeight,
		chain.FieldWeightsVersion: p.WeightsVersion, chain.FieldWeightsRate: p.WeightsRateLimit,
		chain.FieldActivityCutoff: p.activityCutoff(), chain.FieldMaxValidators: uint64(p.MaxValidators),
		chain.FieldMaxUIDs: uint64(p.MaxUIDs), chain.FieldImmunity: uint64(p.ImmunityPeriod),
		chain.FieldDifficulty: difficulty, chain.FieldMinDifficulty: minDifficulty, chain.FieldMaxDifficulty: maxDifficulty,
		chain.FieldMinBurn: p.MinBurn, chain.FieldMaxBurn: p.MaxBurn,
		chain.FieldAdjustmentAlpha: adjustmentAlpha, chain.FieldAdjustmentInterval: adjustmentInterval,
		chain.FieldTargetRegistrations: targetRegistrations, chain.FieldMaxRegistrations: maxRegistrations,
		chain.FieldServingRate: p.ServingRateLimit, chain.FieldCommitPeriod: p.CommitRevealPeriod,
		chain.FieldAlphaHigh: uint64(p.AlphaHigh), chain.FieldAlphaLow: uint64(p.AlphaLow),
		chain.FieldBondsAverage: p.BondsMovingAverage,
	}
}

func each[T any](v []fullNeuron, of func(fullNeuron) T) []T {
	out := make([]T, len(v))
	for i, n := range v {
		out[i] = of(n)
	}
	return out
}

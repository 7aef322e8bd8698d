package devnet

import (
	"errors"
	"math/bits"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/protocol"
)

// none and some begin the encoding of an option.
const (
	none = 0
	some = 1
)

// maxSelected bounds the indexes of a selective metagraph.
const maxSelected = 256

// runtimeCall answers state_call.
func (c *Chain) runtimeCall(st *state, method string, args []byte) ([]byte, error) {
	d := scale.NewDecoder(args)
	netuid := d.U16()
	known := netuid == c.genesis.Netuid
	switch method {
	case "SubnetInfoRuntimeApi_get_selective_metagraph":
		indexes := scale.Vector(d, 2, (*scale.Decoder).U16)
		if err := d.Finish(); err != nil {
			return nil, err
		}
		if len(indexes) > maxSelected {
			return nil, errors.New("too many indexes")
		}
		if !known {
			return []byte{none}, nil
		}
		return c.selective(st, indexes)
	case "SubnetInfoRuntimeApi_get_subnet_hyperparams_v3":
		if err := d.Finish(); err != nil {
			return nil, err
		}
		if !known {
			return []byte{none}, nil
		}
		return chain.EncodeParams(c.params(st).hyperparams().Params()), nil
	case "SubnetInfoRuntimeApi_get_next_epoch_start_block":
		if err := d.Finish(); err != nil {
			return nil, err
		}
		next, ok := c.clock(st.subnet()).next()
		if !known || !ok {
			return []byte{none}, nil
		}
		return scale.AppendU64([]byte{some}, next), nil
	}
	return nil, errors.New("unknown runtime method")
}

// selective builds the metagraph with the fields asked for. An index that the
// devnet has nothing to say of is None, as it is on a runtime without it.
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

// neurons reads all neurons by uid, with their hotkeys' owners and stakes.
func (c *Chain) neurons(st *state) []fullNeuron {
	out := make([]fullNeuron, st.subnet().N)
	for i := range out {
		rec := st.neuron(uint16(i))
		coldkey, _ := st.owner(rec.Hotkey)
		out[i] = fullNeuron{neuronRecord: rec, coldkey: coldkey, alpha: st.alpha(rec.Hotkey), tao: st.total(taoPot(), rec.Hotkey)}
	}
	return out
}

type fullNeuron struct {
	neuronRecord
	coldkey protocol.Hotkey
	alpha   uint64
	tao     uint64
}

func (c *Chain) field(st *state, v []fullNeuron, index uint16) any {
	switch index {
	case chain.FieldHotkeys:
		return each(v, func(n fullNeuron) protocol.Hotkey { return n.Hotkey })
	case chain.FieldColdkeys:
		return each(v, func(n fullNeuron) protocol.Hotkey { return n.coldkey })
	case chain.FieldAxons:
		return each(v, func(n fullNeuron) chain.AxonInfo { return n.Axon })
	case chain.FieldActive:
		return each(v, func(n fullNeuron) bool { return n.Active })
	case chain.FieldValidatorPermit:
		return each(v, func(n fullNeuron) bool { return n.Permit })
	case chain.FieldPruning:
		return each(v, func(fullNeuron) uint64 { return 65535 }) // no longer computed
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
	}
	return c.scalarField(st, index)
}

func (c *Chain) scalarField(st *state, index uint16) any {
	g, s := c.params(st), st.subnet()
	switch index {
	case chain.FieldBlock:
		return st.head().Number
	case chain.FieldTempo:
		return uint64(g.Tempo)
	case chain.FieldLastStep:
		return s.LastStep
	case chain.FieldSinceStep:
		return s.SinceStep
	case chain.FieldPendingAlpha:
		sum, _ := bits.Add64(s.PendingServer, s.PendingValidator, 0)
		return sum
	case chain.FieldKappa:
		return uint64(g.Kappa)
	case chain.FieldMinWeights:
		return uint64(g.MinAllowedWeights)
	case chain.FieldMaxWeight:
		return uint64(65535)
	case chain.FieldWeightsVersion:
		return g.WeightsVersion
	case chain.FieldWeightsRate:
		return g.WeightsRateLimit
	case chain.FieldActivityCutoff:
		return g.activityCutoff()
	case chain.FieldMaxValidators:
		return uint64(g.MaxValidators)
	case chain.FieldUIDs:
		return uint64(s.N)
	case chain.FieldMaxUIDs:
		return uint64(g.MaxUIDs)
	case chain.FieldBurn:
		return s.Burn
	case chain.FieldRegistrationOn:
		return g.RegistrationAllowed
	case chain.FieldImmunity:
		return uint64(g.ImmunityPeriod)
	case chain.FieldMinBurn:
		return g.MinBurn
	case chain.FieldMaxBurn:
		return g.MaxBurn
	case chain.FieldServingRate:
		return g.ServingRateLimit
	case chain.FieldCommitReveal:
		return g.CommitReveal
	case chain.FieldCommitPeriod:
		return g.CommitRevealPeriod
	case chain.FieldLiquidAlpha:
		return g.LiquidAlpha
	case chain.FieldAlphaHigh:
		return uint64(g.AlphaHigh)
	case chain.FieldAlphaLow:
		return uint64(g.AlphaLow)
	case chain.FieldBondsAverage:
		return g.BondsMovingAverage
	}
	return nil
}

func each[T any](v []fullNeuron, of func(fullNeuron) T) []T {
	out := make([]T, len(v))
	for i, n := range v {
		out[i] = of(n)
	}
	return out
}

package chain

import (
	"fmt"

	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/protocol"
)

// The indexes of the selective metagraph.
const (
	FieldName                = 1
	FieldSymbol              = 2
	FieldIdentity            = 3
	FieldNetworkRegisteredAt = 4
	FieldOwnerHotkey         = 5
	FieldOwnerColdkey        = 6
	FieldBlock               = 7
	FieldTempo               = 8
	FieldLastStep            = 9
	FieldSinceStep           = 10
	FieldSubnetEmission      = 11
	FieldAlphaIn             = 12
	FieldAlphaOut            = 13
	FieldTaoIn               = 14
	FieldAlphaOutEmission    = 15
	FieldAlphaInEmission     = 16
	FieldTaoInEmission       = 17
	FieldPendingAlpha        = 18
	FieldPendingRoot         = 19
	FieldVolume              = 20
	FieldMovingPrice         = 21
	FieldRho                 = 22
	FieldKappa               = 23
	FieldMinWeights          = 24
	FieldMaxWeight           = 25
	FieldWeightsVersion      = 26
	FieldWeightsRate         = 27
	FieldActivityCutoff      = 28
	FieldMaxValidators       = 29
	FieldUIDs                = 30
	FieldMaxUIDs             = 31
	FieldBurn                = 32
	FieldDifficulty          = 33
	FieldRegistrationOn      = 34
	FieldPowRegistrationOn   = 35
	FieldImmunity            = 36
	FieldMinDifficulty       = 37
	FieldMaxDifficulty       = 38
	FieldMinBurn             = 39
	FieldMaxBurn             = 40
	FieldAdjustmentAlpha     = 41
	FieldAdjustmentInterval  = 42
	FieldTargetRegistrations = 43
	FieldMaxRegistrations    = 44
	FieldServingRate         = 45
	FieldCommitReveal        = 46
	FieldCommitPeriod        = 47
	FieldLiquidAlpha         = 48
	FieldAlphaHigh           = 49
	FieldAlphaLow            = 50
	FieldBondsAverage        = 51
	FieldHotkeys             = 52
	FieldColdkeys            = 53
	FieldIdentities          = 54
	FieldAxons               = 55
	FieldActive              = 56
	FieldValidatorPermit     = 57
	FieldPruning             = 58
	FieldLastUpdate          = 59
	FieldEmission            = 60
	FieldDividends           = 61
	FieldIncentives          = 62
	FieldConsensus           = 63
	FieldTrust               = 64
	FieldRank                = 65
	FieldRegisteredAt        = 66
	FieldAlphaStake          = 67
	FieldTaoStake            = 68
	FieldTotalStake          = 69
	FieldTaoDividends        = 70
	FieldAlphaDividends      = 71
	FieldValidators          = 72
	FieldCommitments         = 73

	// FieldLast is the highest index.
	FieldLast = FieldCommitments
)

// fieldKind is how a field of the selective metagraph is encoded, and the Go type
// that holds it in Selective.Fields.
type fieldKind uint8

const (
	kindUnknown     fieldKind = iota
	kindCompact               // uint64
	kindCompact128            // scale.U128
	kindI128                  // scale.U128, the raw bits
	kindBool                  // bool
	kindAccount               // protocol.Hotkey
	kindName                  // []byte, each byte compact
	kindIdentity              // [][]byte of 8, nil when the subnet has none
	kindAccounts              // []protocol.Hotkey
	kindIdentities            // [][][]byte, 7 byte strings per neuron or nil
	kindAxons                 // []AxonInfo
	kindBools                 // []bool
	kindCompacts              // []uint64
	kindAmounts               // []HotkeyAmount
	kindCommitments           // []HotkeyBytes
)

const (
	subnetIdentityStrings = 8
	neuronIdentityStrings = 7
)

// HotkeyAmount is an amount paid to a hotkey.
type HotkeyAmount struct {
	Hotkey protocol.Hotkey
	Amount uint64
}

// HotkeyBytes is what a hotkey committed in public.
type HotkeyBytes struct {
	Hotkey protocol.Hotkey
	Bytes  []byte
}

// Selective is the reply of get_selective_metagraph: for each index asked for,
// its value; an index absent from Fields is None on the wire. The Go type of each
// value is that of its kind, listed at fieldKind.
type Selective struct {
	Netuid uint16
	Fields map[uint16]any
}

func kindOf(index uint16) fieldKind {
	switch index {
	case 1, 2:
		return kindName
	case 3:
		return kindIdentity
	case 5, 6:
		return kindAccount
	case 20:
		return kindCompact128
	case 21:
		return kindI128
	case 34, 35, 46, 48:
		return kindBool
	case 52, 53:
		return kindAccounts
	case 54:
		return kindIdentities
	case 55:
		return kindAxons
	case 56, 57:
		return kindBools
	case 70, 71:
		return kindAmounts
	case FieldLast:
		return kindCommitments
	}
	switch {
	case index >= 58 && index <= 69, index == 72:
		return kindCompacts
	case index >= 4 && index <= 51:
		return kindCompact
	}
	return kindUnknown
}

// DecodeSelective reads an Option<SelectiveMetagraph>; nil means that the subnet
// does not exist. All vectors are bounded by the length of b.
func DecodeSelective(b []byte) (*Selective, error) {
	d := scale.NewDecoder(b)
	if !d.Option() {
		return nil, d.Finish()
	}
	s := &Selective{Netuid: uint16(d.Compact(1<<16 - 1)), Fields: make(map[uint16]any)}
	for index := uint16(1); index <= FieldLast; index++ {
		if d.Option() {
			s.Fields[index] = decodeField(d, kindOf(index))
		}
		if d.Err() != nil {
			return nil, fmt.Errorf("decode metagraph field %d: %w", index, d.Err())
		}
	}
	if err := d.Finish(); err != nil {
		return nil, fmt.Errorf("decode metagraph: %w", err)
	}
	return s, nil
}

func decodeField(d *scale.Decoder, kind fieldKind) any {
	switch kind {
	case kindCompact:
		return compact64(d)
	case kindCompact128:
		return d.CompactU128()
	case kindI128:
		return d.U128()
	case kindBool:
		return d.Bool()
	case kindAccount:
		return decodeHotkey(d)
	case kindName:
		return decodeName(d)
	case kindIdentity:
		return decodeStrings(subnetIdentityStrings)(d)
	case kindAccounts:
		return scale.Vector(d, 32, decodeHotkey)
	case kindIdentities:
		return scale.Vector(d, 1, decodeStrings(neuronIdentityStrings))
	case kindAxons:
		return scale.Vector(d, axonInfoSize, decodeAxonInfo)
	case kindBools:
		return scale.Vector(d, 1, (*scale.Decoder).Bool)
	case kindCompacts:
		return scale.Vector(d, 1, compact64)
	case kindAmounts:
		return scale.Vector(d, 33, decodeAmount)
	case kindCommitments:
		return scale.Vector(d, 33, func(d *scale.Decoder) HotkeyBytes {
			return HotkeyBytes{Hotkey: decodeHotkey(d), Bytes: decodeName(d)}
		})
	}
	d.Fail(fmt.Errorf("no such field"))
	return nil
}

func compact64(d *scale.Decoder) uint64 { return d.Compact(1<<64 - 1) }

func decodeHotkey(d *scale.Decoder) protocol.Hotkey { return d.Account() }

func decodeName(d *scale.Decoder) []byte {
	return scale.Vector(d, 1, func(d *scale.Decoder) byte { return byte(d.Compact(255)) })
}

// decodeStrings reads an option of n byte strings; nil when it is None.
func decodeStrings(n int) func(*scale.Decoder) [][]byte {
	return func(d *scale.Decoder) [][]byte {
		if !d.Option() {
			return nil
		}
		out := make([][]byte, n)
		for i := range out {
			out[i] = d.Bytes()
		}
		return out
	}
}

package chain

import (
	"fmt"

	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/protocol"
)

// Encode writes Some(s) in the form that DecodeSelective reads. It fails when a
// field does not hold the Go type of its kind.
func (s *Selective) Encode() ([]byte, error) {
	b := append([]byte(nil), 1)
	b = scale.AppendCompact(b, uint64(s.Netuid))
	for index := uint16(1); index <= FieldLast; index++ {
		v, ok := s.Fields[index]
		b = scale.AppendBool(b, ok)
		if !ok {
			continue
		}
		var err error
		if b, err = encodeField(b, kindOf(index), v); err != nil {
			return nil, fmt.Errorf("encode metagraph field %d: %w", index, err)
		}
	}
	return b, nil
}

func encodeField(b []byte, kind fieldKind, v any) ([]byte, error) {
	switch x := v.(type) {
	case uint64:
		if kind == kindCompact {
			return scale.AppendCompact(b, x), nil
		}
	case scale.U128:
		switch kind {
		case kindCompact128:
			return scale.AppendCompactU128(b, x), nil
		case kindI128:
			return scale.AppendU128(b, x), nil
		}
	case bool:
		if kind == kindBool {
			return scale.AppendBool(b, x), nil
		}
	case protocol.Hotkey:
		if kind == kindAccount {
			return append(b, x[:]...), nil
		}
	case []byte:
		if kind == kindName {
			return appendName(b, x), nil
		}
	case [][]byte:
		if kind == kindIdentity {
			return appendStrings(b, x), nil
		}
	default:
		return encodeVector(b, kind, v)
	}
	return nil, fmt.Errorf("a %T does not fit the field", v)
}

func encodeVector(b []byte, kind fieldKind, v any) ([]byte, error) {
	switch x := v.(type) {
	case []protocol.Hotkey:
		if kind == kindAccounts {
			return scale.AppendVector(b, x, appendHotkey), nil
		}
	case [][][]byte:
		if kind == kindIdentities {
			return scale.AppendVector(b, x, appendStrings), nil
		}
	case []AxonInfo:
		if kind == kindAxons {
			return scale.AppendVector(b, x, appendAxonInfo), nil
		}
	case []bool:
		if kind == kindBools {
			return scale.AppendVector(b, x, scale.AppendBool), nil
		}
	case []uint64:
		if kind == kindCompacts {
			return scale.AppendVector(b, x, scale.AppendCompact), nil
		}
	case []HotkeyAmount:
		if kind == kindAmounts {
			return scale.AppendVector(b, x, appendAmount), nil
		}
	case []HotkeyBytes:
		if kind == kindCommitments {
			return scale.AppendVector(b, x, func(b []byte, c HotkeyBytes) []byte {
				return appendName(append(b, c.Hotkey[:]...), c.Bytes)
			}), nil
		}
	}
	return nil, fmt.Errorf("a %T does not fit the field", v)
}

func appendHotkey(b []byte, h protocol.Hotkey) []byte { return append(b, h[:]...) }

func appendName(b, name []byte) []byte {
	b = scale.AppendCompact(b, uint64(len(name)))
	for _, c := range name {
		b = scale.AppendCompact(b, uint64(c))
	}
	return b
}

func appendStrings(b []byte, parts [][]byte) []byte {
	b = scale.AppendBool(b, parts != nil)
	for _, p := range parts {
		b = scale.AppendBytes(b, p)
	}
	return b
}

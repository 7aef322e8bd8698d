package extrinsic

import (
	"errors"
	"fmt"

	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Pallet is the number of the pallet SubtensorModule.
const Pallet = 7

// The numbers of its calls.
const (
	indexSetWeights      = 0
	indexServeAxon       = 4
	indexServePrometheus = 5
	indexBurnedRegister  = 7
	indexServeAxonTLS    = 40
	indexCommitWeights   = 96
	indexRevealWeights   = 97
	indexRegisterLimit   = 134
)

// ErrUnknownCall is a call that is none of those below.
var ErrUnknownCall = errors.New("unknown call")

// Call is one of SetWeights, ServeAxon, ServeAxonTLS, ServePrometheus,
// BurnedRegister, RegisterLimit, CommitWeights and RevealWeights.
type Call interface {
	// Name is the call's name on the chain, such as set_weights.
	Name() string
	// index is its number in the pallet.
	index() byte
	// append writes the arguments.
	append(b []byte) []byte
}

// SetWeights is a vote in the open.
type SetWeights struct {
	Netuid     uint16
	UIDs       []uint16
	Values     []uint16
	VersionKey uint64
}

// CommitWeights is the hash of a vote.
type CommitWeights struct {
	Netuid uint16
	Hash   item.Hash
}

// RevealWeights opens a committed vote.
type RevealWeights struct {
	Netuid     uint16
	UIDs       []uint16
	Values     []uint16
	Salt       []uint16
	VersionKey uint64
}

// ServeAxon says where a neuron serves. The address is a 128-bit number.
type ServeAxon struct {
	Netuid       uint16
	Version      uint32
	IP           scale.U128
	Port         uint16
	IPType       uint8
	Protocol     uint8
	Placeholder1 uint8
	Placeholder2 uint8
}

// ServeAxonTLS is ServeAxon with a certificate, of which the chain keeps none that
// is longer than 65 bytes.
type ServeAxonTLS struct {
	ServeAxon
	Certificate []byte
}

// ServePrometheus says where a neuron shows its metrics.
type ServePrometheus struct {
	Netuid  uint16
	Version uint32
	IP      scale.U128
	Port    uint16
	IPType  uint8
}

// BurnedRegister registers a hotkey at the price of the block; the coldkey signs.
type BurnedRegister struct {
	Netuid uint16
	Hotkey protocol.Hotkey
}

// RegisterLimit is BurnedRegister with a greatest price in rao.
type RegisterLimit struct {
	Netuid  uint16
	Hotkey  protocol.Hotkey
	MaxBurn uint64
}

// The names on the chain.

func (SetWeights) Name() string      { return "set_weights" }
func (CommitWeights) Name() string   { return "commit_weights" }
func (RevealWeights) Name() string   { return "reveal_weights" }
func (ServeAxon) Name() string       { return "serve_axon" }
func (ServeAxonTLS) Name() string    { return "serve_axon_tls" }
func (ServePrometheus) Name() string { return "serve_prometheus" }
func (BurnedRegister) Name() string  { return "burned_register" }
func (RegisterLimit) Name() string   { return "register_limit" }

func (SetWeights) index() byte      { return indexSetWeights }
func (CommitWeights) index() byte   { return indexCommitWeights }
func (RevealWeights) index() byte   { return indexRevealWeights }
func (ServeAxon) index() byte       { return indexServeAxon }
func (ServeAxonTLS) index() byte    { return indexServeAxonTLS }
func (ServePrometheus) index() byte { return indexServePrometheus }
func (BurnedRegister) index() byte  { return indexBurnedRegister }
func (RegisterLimit) index() byte   { return indexRegisterLimit }

// EncodeCall is the call's form within an extrinsic.
func EncodeCall(c Call) []byte { return c.append([]byte{Pallet, c.index()}) }

// DecodeCall reads a call. One of another pallet or kind is ErrUnknownCall.
func DecodeCall(b []byte) (Call, error) {
	if len(b) > MaxSize {
		return nil, fmt.Errorf("decode call: %d bytes, at most %d are allowed", len(b), MaxSize)
	}
	d := scale.NewDecoder(b)
	pallet, index := d.U8(), d.U8()
	if d.Err() != nil {
		return nil, fmt.Errorf("decode call: %w", d.Err())
	}
	c := decodeArguments(d, index)
	if pallet != Pallet || c == nil {
		return nil, fmt.Errorf("decode call: %w: number %d of pallet %d", ErrUnknownCall, index, pallet)
	}
	if err := d.Finish(); err != nil {
		return nil, fmt.Errorf("decode %s: %w", c.Name(), err)
	}
	return c, nil
}

// decodeArguments reads the arguments of a call by its number; nil if unknown.
func decodeArguments(d *scale.Decoder, index byte) Call {
	switch index {
	case indexSetWeights:
		return SetWeights{d.U16(), words(d), words(d), d.U64()}
	case indexCommitWeights:
		return CommitWeights{d.U16(), d.Account()}
	case indexRevealWeights:
		return RevealWeights{d.U16(), words(d), words(d), words(d), d.U64()}
	case indexServeAxon:
		return decodeServeAxon(d)
	case indexServeAxonTLS:
		return ServeAxonTLS{decodeServeAxon(d), append([]byte(nil), d.Bytes()...)}
	case indexServePrometheus:
		return ServePrometheus{d.U16(), d.U32(), d.U128(), d.U16(), d.U8()}
	case indexBurnedRegister:
		return BurnedRegister{d.U16(), d.Account()}
	case indexRegisterLimit:
		return RegisterLimit{d.U16(), d.Account(), d.U64()}
	default:
		return nil
	}
}

func words(d *scale.Decoder) []uint16 { return scale.Vector(d, 2, (*scale.Decoder).U16) }

func decodeServeAxon(d *scale.Decoder) ServeAxon {
	return ServeAxon{d.U16(), d.U32(), d.U128(), d.U16(), d.U8(), d.U8(), d.U8(), d.U8()}
}

func appendWords(b []byte, vs ...[]uint16) []byte {
	for _, v := range vs {
		b = scale.AppendVector(b, v, scale.AppendU16)
	}
	return b
}

func (c SetWeights) append(b []byte) []byte {
	return scale.AppendU64(appendWords(scale.AppendU16(b, c.Netuid), c.UIDs, c.Values), c.VersionKey)
}

func (c CommitWeights) append(b []byte) []byte {
	return append(scale.AppendU16(b, c.Netuid), c.Hash[:]...)
}

func (c RevealWeights) append(b []byte) []byte {
	return scale.AppendU64(appendWords(scale.AppendU16(b, c.Netuid), c.UIDs, c.Values, c.Salt), c.VersionKey)
}

func (c ServeAxon) append(b []byte) []byte {
	b = scale.AppendU32(scale.AppendU16(b, c.Netuid), c.Version)
	b = scale.AppendU16(scale.AppendU128(b, c.IP), c.Port)
	return append(b, c.IPType, c.Protocol, c.Placeholder1, c.Placeholder2)
}

func (c ServeAxonTLS) append(b []byte) []byte {
	return scale.AppendBytes(c.ServeAxon.append(b), c.Certificate)
}

func (c ServePrometheus) append(b []byte) []byte {
	b = scale.AppendU32(scale.AppendU16(b, c.Netuid), c.Version)
	return append(scale.AppendU16(scale.AppendU128(b, c.IP), c.Port), c.IPType)
}

func (c BurnedRegister) append(b []byte) []byte {
	return append(scale.AppendU16(b, c.Netuid), c.Hotkey[:]...)
}

func (c RegisterLimit) append(b []byte) []byte {
	return scale.AppendU64(append(scale.AppendU16(b, c.Netuid), c.Hotkey[:]...), c.MaxBurn)
}

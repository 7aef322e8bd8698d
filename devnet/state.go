package devnet

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/fxamacker/cbor/v2"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/yuma"
)

// The state is a set of records under keys, listed here and, where a record has a
// file of its own (hyper.go, commit.go, stake.go, prometheus.go), there.
const (
	keyGenesis = "genesis" // the digest of the genesis, which block 0 thereby binds
	keyHead    = "head"    // headRecord
	keySubnet  = "subnet"  // subnetRecord
	keyAccount = "account" // + account: accountRecord
	keyOwner   = "owner"   // + hotkey: the coldkey
	keyUID     = "uid"     // + hotkey: uint16
	keyAlpha   = "alpha"   // + hotkey: uint64, its stake
	keyNeuron  = "neuron"  // + uid: neuronRecord
	keyWeights = "weights" // + uid: []yuma.Cell
	keyBonds   = "bonds"   // + uid: []yuma.Cell
)

// headRecord says which block the state is of.
type headRecord struct {
	Number     uint64 `cbor:"1,keyasint"`
	TimeMillis uint64 `cbor:"2,keyasint"`
}

// accountRecord is a free balance in rao, and the nonce of the next transaction.
type accountRecord struct {
	Balance uint64 `cbor:"1,keyasint"`
	Nonce   uint64 `cbor:"2,keyasint"`
}

// subnetRecord is what changes about the subnet as a whole.
type subnetRecord struct {
	N                uint16 `cbor:"1,keyasint"`
	Burn             uint64 `cbor:"2,keyasint"`
	LastEpoch        uint64 `cbor:"3,keyasint"` // block
	EpochIndex       uint64 `cbor:"4,keyasint"`
	SinceStep        uint64 `cbor:"5,keyasint"` // blocks since the last epoch
	LastStep         uint64 `cbor:"6,keyasint"` // block of the last epoch, 0 if none
	PendingServer    uint64 `cbor:"7,keyasint"`
	PendingValidator uint64 `cbor:"8,keyasint"`
	PendingOwner     uint64 `cbor:"9,keyasint"`
	PendingEpochAt   uint64 `cbor:"10,keyasint"` // block of a triggered epoch, 0 if none
}

// neuronRecord is a uid, with the results of the latest epoch.
type neuronRecord struct {
	Hotkey       protocol.Hotkey `cbor:"1,keyasint"`
	RegisteredAt uint64          `cbor:"2,keyasint"`
	LastUpdate   uint64          `cbor:"3,keyasint"`
	Axon         chain.AxonInfo  `cbor:"4,keyasint"`
	Active       bool            `cbor:"5,keyasint"`
	Permit       bool            `cbor:"6,keyasint"`
	Consensus    uint16          `cbor:"7,keyasint"`
	Incentive    uint16          `cbor:"8,keyasint"`
	Dividends    uint16          `cbor:"9,keyasint"`
	Trust        uint16          `cbor:"10,keyasint"`
	Emission     uint64          `cbor:"11,keyasint"`
}

// records holds values by key; a snapshot is one, and so is a state on top of it.
type records interface{ get(key string) []byte }

// snapshot is the whole state after a block. It is never changed.
type snapshot map[string][]byte

func (s snapshot) get(key string) []byte { return s[key] }

// state reads through to what is below it and keeps changes to itself. The first
// record that cannot be read or written is remembered; the block or the reply made
// from the state must not be used then.
type state struct {
	below   records
	changed map[string][]byte // nil marks a removed key
	err     error
}

func newState(below records) *state { return &state{below: below, changed: make(map[string][]byte)} }

func (s *state) get(key string) []byte {
	if v, ok := s.changed[key]; ok {
		return v
	}
	return s.below.get(key)
}

// merge takes over the changes of a state that was laid on top of s.
func (s *state) merge(top *state) {
	if s.err == nil {
		s.err = top.err
	}
	for k, v := range top.changed {
		s.changed[k] = v
	}
}

// digest chains the changes of a block to the digest before it.
func (s *state) digest(before item.Hash) item.Hash {
	parts := [][]byte{before[:]}
	for _, k := range s.keys() {
		v := s.changed[k]
		kind := byte(1)
		if v == nil {
			kind = 0
		}
		parts = append(parts, []byte(k), append([]byte{kind}, v...))
	}
	return item.Sum("assay/devnet/state/v1", parts...)
}

// keys are the changed keys in order.
func (s *state) keys() []string {
	out := make([]string, 0, len(s.changed))
	for k := range s.changed {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func load[T any](s *state, key string) (v T, ok bool) {
	b := s.get(key)
	if b == nil {
		return v, false
	}
	if err := cbor.Unmarshal(b, &v); err != nil && s.err == nil {
		s.err = fmt.Errorf("read record %q: %w", key, err)
	}
	return v, true
}

func save[T any](s *state, key string, v T) {
	b, err := cbor.Marshal(v)
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("write record %q: %w", key, err)
	}
	s.changed[key] = b
}

func byHotkey(kind string, h protocol.Hotkey) string { return kind + "/" + string(h[:]) }

func byUID(kind string, uid uint16) string {
	return kind + "/" + string(binary.BigEndian.AppendUint16(nil, uid))
}

func (s *state) putGenesis(digest item.Hash) { save(s, keyGenesis, digest) }

func (s *state) head() headRecord         { v, _ := load[headRecord](s, keyHead); return v }
func (s *state) putHead(v headRecord)     { save(s, keyHead, v) }
func (s *state) subnet() subnetRecord     { v, _ := load[subnetRecord](s, keySubnet); return v }
func (s *state) putSubnet(v subnetRecord) { save(s, keySubnet, v) }
func (s *state) neuron(uid uint16) neuronRecord {
	v, _ := load[neuronRecord](s, byUID(keyNeuron, uid))
	return v
}
func (s *state) putNeuron(uid uint16, v neuronRecord) { save(s, byUID(keyNeuron, uid), v) }

func (s *state) account(a protocol.Hotkey) accountRecord {
	v, _ := load[accountRecord](s, byHotkey(keyAccount, a))
	return v
}
func (s *state) putAccount(a protocol.Hotkey, v accountRecord) { save(s, byHotkey(keyAccount, a), v) }

func (s *state) owner(h protocol.Hotkey) (protocol.Hotkey, bool) {
	return load[protocol.Hotkey](s, byHotkey(keyOwner, h))
}
func (s *state) putOwner(h, coldkey protocol.Hotkey) { save(s, byHotkey(keyOwner, h), coldkey) }

func (s *state) uid(h protocol.Hotkey) (uint16, bool) { return load[uint16](s, byHotkey(keyUID, h)) }
func (s *state) putUID(h protocol.Hotkey, uid uint16) { save(s, byHotkey(keyUID, h), uid) }
func (s *state) dropUID(h protocol.Hotkey)            { s.changed[byHotkey(keyUID, h)] = nil }
func (s *state) alpha(h protocol.Hotkey) uint64 {
	v, _ := load[uint64](s, byHotkey(keyAlpha, h))
	return v
}
func (s *state) putAlpha(h protocol.Hotkey, v uint64) { save(s, byHotkey(keyAlpha, h), v) }
func (s *state) weights(uid uint16) yuma.Row          { return s.row(keyWeights, uid) }
func (s *state) putWeights(uid uint16, r yuma.Row)    { s.putRow(keyWeights, uid, r) }
func (s *state) bonds(uid uint16) yuma.Row            { return s.row(keyBonds, uid) }
func (s *state) putBonds(uid uint16, r yuma.Row)      { s.putRow(keyBonds, uid, r) }

// row reads a row stored as four bytes per cell.
func (s *state) row(kind string, uid uint16) yuma.Row {
	b := s.get(byUID(kind, uid))
	if len(b)%4 != 0 && s.err == nil {
		s.err = fmt.Errorf("read %s of uid %d: %d bytes", kind, uid, len(b))
		return nil
	}
	out := make(yuma.Row, 0, len(b)/4)
	for ; len(b) >= 4; b = b[4:] {
		out = append(out, yuma.Cell{Column: binary.LittleEndian.Uint16(b), Value: binary.LittleEndian.Uint16(b[2:])})
	}
	return out
}

func (s *state) putRow(kind string, uid uint16, r yuma.Row) {
	if len(r) == 0 {
		if s.get(byUID(kind, uid)) != nil {
			s.changed[byUID(kind, uid)] = nil
		}
		return
	}
	b := make([]byte, 0, 4*len(r))
	for _, c := range r {
		b = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, c.Column), c.Value)
	}
	s.changed[byUID(kind, uid)] = b
}

package chain

import (
	"fmt"
	"time"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Head is a finalised block. Hash is the hash by which state is read, and Time
// the timestamp that the block carries.
type Head struct {
	Number uint64
	Hash   item.Hash
	Time   time.Time
}

// Neuron is one row of the metagraph. Stake and Emission are in rao; shares
// (ValidatorTrust to Dividends) are parts of 65535; LastUpdate and RegisteredAt
// are block numbers.
type Neuron struct {
	UID                     uint16
	Hotkey, Coldkey         protocol.Hotkey
	Axon                    Axon
	Active, ValidatorPermit bool
	// Stake is the total stake: alpha plus the weighted part of TAO.
	Stake uint64
	// ValidatorTrust to Dividends are results of the latest epoch.
	ValidatorTrust, Consensus, Incentive, Dividends uint16
	Emission                                        uint64
	LastUpdate, RegisteredAt                        uint64
}

// Metagraph is the state of a subnet at one block. It is shared by all who read
// that block and must not be changed.
type Metagraph struct {
	Netuid    uint16
	Block     uint64
	BlockHash item.Hash
	Tempo     uint16
	// Neurons are indexed by uid.
	Neurons []Neuron
	byKey   map[protocol.Hotkey]uint16
}

// ByHotkey finds the neuron of a hotkey.
func (m *Metagraph) ByHotkey(h protocol.Hotkey) (Neuron, bool) {
	if m.byKey == nil {
		// A Metagraph made by hand has no index.
		for _, n := range m.Neurons {
			if n.Hotkey == h {
				return n, true
			}
		}
		return Neuron{}, false
	}
	uid, ok := m.byKey[h]
	if !ok {
		return Neuron{}, false
	}
	return m.Neurons[uid], true
}

// ByUID finds the neuron of a uid.
func (m *Metagraph) ByUID(uid uint16) (Neuron, bool) {
	if int(uid) >= len(m.Neurons) {
		return Neuron{}, false
	}
	return m.Neurons[uid], true
}

// EpochClock says when a subnet's epochs run: Index epochs have run so far, the
// latest in block Last, and the next is due in block Next (0: never).
type EpochClock struct {
	Index      uint64
	Last, Next uint64
}

// Weights is a vote: Values[i], a part of 65535, for the neuron UIDs[i].
// VersionKey must be at least the subnet's weights version.
type Weights struct {
	UIDs, Values []uint16
	VersionKey   uint64
}

// Landing is the finalised block that holds a transaction.
type Landing struct {
	Block  uint64
	TxHash item.Hash
}

// metagraphFields are the indexes that metagraphOf needs.
func metagraphFields() []uint16 {
	return []uint16{
		FieldBlock, FieldTempo, FieldHotkeys, FieldColdkeys, FieldAxons, FieldActive, FieldValidatorPermit,
		FieldLastUpdate, FieldEmission, FieldDividends, FieldIncentives, FieldConsensus, FieldRegisteredAt, FieldTotalStake,
	}
}

// metagraphOf builds a metagraph from the wire form, in which each column is a
// vector by uid. The chain computes keys, axons, stake and registration per
// neuron, so these must have one row each; the others it hands out as the latest
// epoch stored them, and a neuron without a row there has had no epoch: zero.
func metagraphOf(s *Selective, trust []uint16) (*Metagraph, error) {
	c := columns{fields: s.Fields}
	hotkeys := column[protocol.Hotkey](&c, FieldHotkeys)
	c.n = len(hotkeys)
	coldkeys, axons := column[protocol.Hotkey](&c, FieldColdkeys), column[AxonInfo](&c, FieldAxons)
	stake, registered := column[uint64](&c, FieldTotalStake), column[uint64](&c, FieldRegisteredAt)
	active, permit := stored[bool](&c, FieldActive), stored[bool](&c, FieldValidatorPermit)
	updated, emission := stored[uint64](&c, FieldLastUpdate), stored[uint64](&c, FieldEmission)
	dividends, incentive, consensus := c.shares(FieldDividends), c.shares(FieldIncentives), c.shares(FieldConsensus)
	if c.err != nil {
		return nil, c.err
	}
	m := &Metagraph{Netuid: s.Netuid, Neurons: make([]Neuron, c.n), byKey: make(map[protocol.Hotkey]uint16, c.n)}
	m.Block, _ = s.Fields[FieldBlock].(uint64)
	if tempo, _ := s.Fields[FieldTempo].(uint64); tempo <= 1<<16-1 {
		m.Tempo = uint16(tempo)
	}
	for i := range m.Neurons {
		m.Neurons[i] = Neuron{
			UID: uint16(i), Hotkey: hotkeys[i], Coldkey: coldkeys[i], Axon: axons[i].Axon(),
			Active: active[i], ValidatorPermit: permit[i], Stake: stake[i],
			Consensus: consensus[i], Incentive: incentive[i], Dividends: dividends[i],
			Emission: emission[i], LastUpdate: updated[i], RegisteredAt: registered[i],
		}
		if i < len(trust) {
			m.Neurons[i].ValidatorTrust = trust[i]
		}
		if other, twice := m.byKey[hotkeys[i]]; twice {
			return nil, fmt.Errorf("read metagraph: hotkey %s is at uid %d and at uid %d", hotkeys[i], other, i)
		}
		m.byKey[hotkeys[i]] = uint16(i)
	}
	return m, nil
}

// maxNeurons is how many neurons a subnet can have: their number is a u16.
const maxNeurons = 1<<16 - 1

// columns picks typed columns out of a reply and remembers the first that is
// absent or of another length than the hotkeys.
type columns struct {
	fields map[uint16]any
	n      int
	err    error
}

func column[T any](c *columns, index uint16) []T {
	v, ok := c.fields[index].([]T)
	switch {
	case c.err != nil:
	case !ok:
		c.err = fmt.Errorf("read metagraph: field %d is absent", index)
	case index == FieldHotkeys && len(v) > maxNeurons:
		c.err = fmt.Errorf("read metagraph: %d neurons", len(v))
	case index != FieldHotkeys && len(v) != c.n:
		c.err = fmt.Errorf("read metagraph: field %d has %d rows for %d neurons", index, len(v), c.n)
	}
	return v
}

// stored is a column as an epoch left it, cut or padded to the number of neurons.
func stored[T any](c *columns, index uint16) []T {
	v, ok := c.fields[index].([]T)
	if c.err == nil && !ok {
		c.err = fmt.Errorf("read metagraph: field %d is absent", index)
	}
	out := make([]T, c.n)
	copy(out, v)
	return out
}

func (c *columns) shares(index uint16) []uint16 {
	out := make([]uint16, c.n)
	for i, v := range stored[uint64](c, index) {
		if v > 1<<16-1 && c.err == nil {
			c.err = fmt.Errorf("read metagraph: field %d holds %d, more than 65535", index, v)
		}
		out[i] = uint16(v)
	}
	return out
}

package devnet

import (
	"bytes"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/protocol"
)

// storagePrefix is the length of twox128(pallet) || twox128(item).
const storagePrefix = 32

// storageItem reads an item from what follows the prefix of its key; nil when
// nothing is stored there.
type storageItem func(c *Chain, st *state, key *keyReader) []byte

// readStorage answers a raw storage key.
func (c *Chain) readStorage(st *state, key []byte) []byte {
	if len(key) < storagePrefix {
		return nil
	}
	read, ok := c.items[string(key[:storagePrefix])]
	if !ok {
		return nil
	}
	k := &keyReader{netuid: c.genesis.Netuid, d: scale.NewDecoder(key[storagePrefix:])}
	return read(c, st, k)
}

// keyReader takes the map keys out of a storage key.
type keyReader struct {
	netuid uint16
	d      *scale.Decoder
}

// subnet reads a netuid under identity and reports whether it is the devnet's.
func (k *keyReader) subnet() bool { return k.d.U16() == k.netuid && k.d.Err() == nil }

// hotkey reads an account under blake2_128concat.
func (k *keyReader) hotkey() (h protocol.Hotkey, ok bool) {
	raw := k.d.Fixed(16 + len(h))
	if raw == nil {
		return h, false
	}
	copy(h[:], raw[16:])
	return h, bytes.Equal(raw, chain.KeyBlake2(h[:]))
}

func (k *keyReader) end() bool { return k.d.Finish() == nil }

// storageItems is the table of the items that are served, by prefix.
func storageItems() map[string]storageItem {
	out := map[string]storageItem{string(chain.StorageKey("Timestamp", "Now")): timestamp}
	add := func(name string, read storageItem) { out[string(chain.StorageKey(chain.Pallet, name))] = read }
	for name, of := range subnetNumbers() {
		add(name, bySubnet(of))
	}
	for name, of := range neuronVectors() {
		add(name, bySubnet(func(c *Chain, st *state) []byte {
			return scale.AppendVector(nil, c.neurons(st), of)
		}))
	}
	add("StakeThreshold", global(func(c *Chain) []byte { return scale.AppendU64(nil, c.genesis.StakeThreshold) }))
	add("SubnetOwnerHotkey", bySubnet(func(c *Chain, _ *state) []byte { return keyOrNil(c.genesis.Owner) }))
	add("Weights", byNeuron(func(st *state, uid uint16) []byte { return rowBytes(st, keyWeights, uid) }))
	add("Bonds", byNeuron(func(st *state, uid uint16) []byte { return rowBytes(st, keyBonds, uid) }))
	add("Keys", byNeuron(func(st *state, uid uint16) []byte { return keyOrNil(st.neuron(uid).Hotkey) }))
	add("BlockAtRegistration", byNeuron(func(st *state, uid uint16) []byte {
		return scale.AppendU64(nil, st.neuron(uid).RegisteredAt)
	}))
	add("Uids", uidOf)
	add("Axons", axonOf)
	add("Owner", ownerOf)
	add("TotalHotkeyAlpha", alphaOf)
	add("Prometheus", prometheusOf)
	add("NeuronCertificates", certificateOf)
	add("WeightCommits", commitsOf)
	add("RevealPeriodEpochs", revealPeriodOf)
	add("CommitRevealWeightsVersion", global(func(*Chain) []byte { return scale.AppendU16(nil, commitRevealVersion) }))
	return out
}

// subnetNumbers are the items with one value per subnet.
func subnetNumbers() map[string]func(*Chain, *state) []byte {
	u16 := func(of func(Genesis) uint16) func(*Chain, *state) []byte {
		return func(c *Chain, st *state) []byte { return scale.AppendU16(nil, of(c.params(st))) }
	}
	u64 := func(of func(Genesis) uint64) func(*Chain, *state) []byte {
		return func(c *Chain, st *state) []byte { return scale.AppendU64(nil, of(c.params(st))) }
	}
	now := func(of func(subnetRecord) uint64) func(*Chain, *state) []byte {
		return func(_ *Chain, st *state) []byte { return scale.AppendU64(nil, of(st.subnet())) }
	}
	return map[string]func(*Chain, *state) []byte{
		"SubnetworkN":          func(_ *Chain, st *state) []byte { return scale.AppendU16(nil, st.subnet().N) },
		"Burn":                 now(func(s subnetRecord) uint64 { return s.Burn }),
		"LastEpochBlock":       now(func(s subnetRecord) uint64 { return s.LastEpoch }),
		"SubnetEpochIndex":     now(func(s subnetRecord) uint64 { return s.EpochIndex }),
		"BlocksSinceLastStep":  now(func(s subnetRecord) uint64 { return s.SinceStep }),
		"PendingEpochAt":       now(func(s subnetRecord) uint64 { return s.PendingEpochAt }),
		"Tempo":                u16(func(g Genesis) uint16 { return g.Tempo }),
		"MinAllowedWeights":    u16(func(g Genesis) uint16 { return g.MinAllowedWeights }),
		"ImmunityPeriod":       u16(func(g Genesis) uint16 { return g.ImmunityPeriod }),
		"MaxAllowedUids":       u16(func(g Genesis) uint16 { return g.MaxUIDs }),
		"MaxAllowedValidators": u16(func(g Genesis) uint16 { return g.MaxValidators }),
		"MinBurn":              u64(func(g Genesis) uint64 { return g.MinBurn }),
		"MaxBurn":              u64(func(g Genesis) uint64 { return g.MaxBurn }),
		"WeightsSetRateLimit":  u64(func(g Genesis) uint64 { return g.WeightsRateLimit }),
		"WeightsVersionKey":    u64(func(g Genesis) uint64 { return g.WeightsVersion }),
		"ServingRateLimit":     u64(func(g Genesis) uint64 { return g.ServingRateLimit }),
		"CommitRevealWeightsEnabled": func(c *Chain, st *state) []byte {
			return scale.AppendBool(nil, c.params(st).CommitReveal)
		},
	}
}

// neuronVectors are the items with one element per uid in a single value.
func neuronVectors() map[string]func([]byte, fullNeuron) []byte {
	u16 := func(of func(fullNeuron) uint16) func([]byte, fullNeuron) []byte {
		return func(b []byte, n fullNeuron) []byte { return scale.AppendU16(b, of(n)) }
	}
	u64 := func(of func(fullNeuron) uint64) func([]byte, fullNeuron) []byte {
		return func(b []byte, n fullNeuron) []byte { return scale.AppendU64(b, of(n)) }
	}
	flag := func(of func(fullNeuron) bool) func([]byte, fullNeuron) []byte {
		return func(b []byte, n fullNeuron) []byte { return scale.AppendBool(b, of(n)) }
	}
	return map[string]func([]byte, fullNeuron) []byte{
		"Active":          flag(func(n fullNeuron) bool { return n.Active }),
		"ValidatorPermit": flag(func(n fullNeuron) bool { return n.Permit }),
		"LastUpdate":      u64(func(n fullNeuron) uint64 { return n.LastUpdate }),
		"Emission":        u64(func(n fullNeuron) uint64 { return n.Emission }),
		"Incentive":       u16(func(n fullNeuron) uint16 { return n.Incentive }),
		"Dividends":       u16(func(n fullNeuron) uint16 { return n.Dividends }),
		"Consensus":       u16(func(n fullNeuron) uint16 { return n.Consensus }),
		"ValidatorTrust":  u16(func(n fullNeuron) uint16 { return n.Trust }),
	}
}

func global(of func(*Chain) []byte) storageItem {
	return func(c *Chain, _ *state, k *keyReader) []byte {
		if !k.end() {
			return nil
		}
		return of(c)
	}
}

func bySubnet(of func(*Chain, *state) []byte) storageItem {
	return func(c *Chain, st *state, k *keyReader) []byte {
		if !k.subnet() || !k.end() {
			return nil
		}
		return of(c, st)
	}
}

func byNeuron(of func(*state, uint16) []byte) storageItem {
	return func(_ *Chain, st *state, k *keyReader) []byte {
		if !k.subnet() {
			return nil
		}
		uid := k.d.U16()
		if !k.end() || uid >= st.subnet().N {
			return nil
		}
		return of(st, uid)
	}
}

func timestamp(_ *Chain, st *state, k *keyReader) []byte {
	if !k.end() {
		return nil
	}
	return scale.AppendU64(nil, st.head().TimeMillis)
}

func uidOf(_ *Chain, st *state, k *keyReader) []byte {
	if !k.subnet() {
		return nil
	}
	h, ok := k.hotkey()
	if !ok || !k.end() {
		return nil
	}
	uid, ok := st.uid(h)
	if !ok {
		return nil
	}
	return scale.AppendU16(nil, uid)
}

func axonOf(_ *Chain, st *state, k *keyReader) []byte {
	if !k.subnet() {
		return nil
	}
	h, ok := k.hotkey()
	uid, registered := st.uid(h)
	if !ok || !k.end() || !registered {
		return nil
	}
	if a := st.neuron(uid).Axon; a.Block > 0 {
		return chain.EncodeAxonInfo(a)
	}
	return nil
}

func ownerOf(_ *Chain, st *state, k *keyReader) []byte {
	h, ok := k.hotkey()
	if !ok || !k.end() {
		return nil
	}
	coldkey, _ := st.owner(h)
	return keyOrNil(coldkey)
}

func alphaOf(_ *Chain, st *state, k *keyReader) []byte {
	h, ok := k.hotkey()
	if !ok || !k.subnet() || !k.end() {
		return nil
	}
	return scale.AppendU64(nil, st.alpha(h))
}

func keyOrNil(h protocol.Hotkey) []byte {
	if h.IsZero() {
		return nil
	}
	return h[:]
}

// rowBytes is a row of (u16, u16) pairs as it is stored; nil for an empty one.
func rowBytes(st *state, kind string, uid uint16) []byte {
	raw := st.get(byUID(kind, uid))
	if raw == nil {
		return nil
	}
	return append(scale.AppendCompact(nil, uint64(len(raw)/4)), raw...)
}

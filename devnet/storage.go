package devnet

import (
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

// storageItems is the table of the items that are served, by prefix.
func storageItems() map[string]storageItem {
	out := make(map[string]storageItem)
	add := func(name string, read storageItem) { out[string(chain.StorageKey(chain.Pallet, name))] = read }
	for name, of := range subnetNumbers() {
		add(name, bySubnet(of))
	}
	for name, of := range neuronVectors() {
		add(name, bySubnet(func(c *Chain, st *state) []byte {
			return scale.AppendVector(nil, c.neurons(st), of)
		}))
	}
	out[string(chain.StorageKey("System", "Account"))] = accountOf
	out[string(chain.StorageKey("System", "Number"))] = global(func(_ *Chain, st *state) []byte {
		return scale.AppendU32(nil, uint32(st.head().Number))
	})
	out[string(chain.StorageKey("Timestamp", "Now"))] = global(func(_ *Chain, st *state) []byte {
		return scale.AppendU64(nil, st.head().TimeMillis)
	})
	add("StakeThreshold", global(func(c *Chain, st *state) []byte { return scale.AppendU64(nil, c.params(st).StakeThreshold) }))
	add("TaoWeight", global(func(c *Chain, st *state) []byte { return scale.AppendU64(nil, c.params(st).TaoWeight) }))
	add("TotalNetworks", global(func(*Chain, *state) []byte { return scale.AppendU16(nil, 1) }))
	add("SubnetOwnerHotkey", bySubnet(func(c *Chain, st *state) []byte { return keyOrNil(c.params(st).Owner) }))
	add("SubnetOwner", bySubnet(func(c *Chain, st *state) []byte {
		coldkey, _ := st.owner(c.params(st).Owner)
		return keyOrNil(coldkey)
	}))
	add("MechanismCountCurrent", byHashedSubnet(func(*Chain, *state) []byte { return []byte{1} }))
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
	add("CommitRevealWeightsVersion", global(func(*Chain, *state) []byte { return scale.AppendU16(nil, commitRevealVersion) }))
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
	flag := func(of func(Genesis) bool) func(*Chain, *state) []byte {
		return func(c *Chain, st *state) []byte { return scale.AppendBool(nil, of(c.params(st))) }
	}
	now := func(of func(subnetRecord) uint64) func(*Chain, *state) []byte {
		return func(_ *Chain, st *state) []byte { return scale.AppendU64(nil, of(st.subnet())) }
	}
	return map[string]func(*Chain, *state) []byte{
		"SubnetworkN":                func(_ *Chain, st *state) []byte { return scale.AppendU16(nil, st.subnet().N) },
		"Burn":                       now(func(s subnetRecord) uint64 { return s.Burn }),
		"LastEpochBlock":             now(func(s subnetRecord) uint64 { return s.LastEpoch }),
		"SubnetEpochIndex":           now(func(s subnetRecord) uint64 { return s.EpochIndex }),
		"BlocksSinceLastStep":        now(func(s subnetRecord) uint64 { return s.SinceStep }),
		"PendingEpochAt":             now(func(s subnetRecord) uint64 { return s.PendingEpochAt }),
		"Tempo":                      u16(func(p Genesis) uint16 { return p.Tempo }),
		"MinAllowedWeights":          u16(func(p Genesis) uint16 { return p.MinAllowedWeights }),
		"ImmunityPeriod":             u16(func(p Genesis) uint16 { return p.ImmunityPeriod }),
		"MaxAllowedUids":             u16(func(p Genesis) uint16 { return p.MaxUIDs }),
		"MaxAllowedValidators":       u16(func(p Genesis) uint16 { return p.MaxValidators }),
		"MinBurn":                    u64(func(p Genesis) uint64 { return p.MinBurn }),
		"MaxBurn":                    u64(func(p Genesis) uint64 { return p.MaxBurn }),
		"WeightsSetRateLimit":        u64(func(p Genesis) uint64 { return p.WeightsRateLimit }),
		"WeightsVersionKey":          u64(func(p Genesis) uint64 { return p.WeightsVersion }),
		"ServingRateLimit":           u64(func(p Genesis) uint64 { return p.ServingRateLimit }),
		"CommitRevealWeightsEnabled": flag(func(p Genesis) bool { return p.CommitReveal }),
		"NetworkRegistrationAllowed": flag(func(p Genesis) bool { return p.RegistrationAllowed }),
		"LiquidAlphaOn":              flag(func(p Genesis) bool { return p.LiquidAlpha }),
		"Yuma3On":                    flag(func(p Genesis) bool { return p.Yuma3 }),
		"Kappa":                      u16(func(p Genesis) uint16 { return p.Kappa }),
		"BondsPenalty":               u16(func(p Genesis) uint16 { return p.BondsPenalty }),
		"BondsMovingAverage":         u64(func(p Genesis) uint64 { return p.BondsMovingAverage }),
		"NetworkRegisteredAt":        u64(func(Genesis) uint64 { return registeredAt }),
		"NetworksAdded":              flag(func(Genesis) bool { return true }),
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

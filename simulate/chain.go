package simulate

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/chain/burn"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/yuma"
)

// ChainConfig are the rules of a simulated subnet, with the chain's names. Amounts are in
// rao, periods in blocks, shares in units of 1/65535 unless said. Defaults are those of
// DefaultChain; nothing fills in what is left zero.
type ChainConfig struct {
	Netuid         uint16
	Tempo          uint16 // blocks from one epoch to the next
	MaxUIDs        uint16
	MaxValidators  uint16 // permits
	ImmunityPeriod uint64

	MinAllowedWeights    uint16
	WeightsRateLimit     uint64
	ActivityCutoffFactor uint32 // tempos, in thousandths
	StakeThreshold       uint64

	// CommitReveal hides a vote until RevealPeriod epochs later.
	CommitReveal bool
	RevealPeriod uint64 // epochs, at least 1

	Kappa              uint16
	BondsPenalty       uint16
	BondsMovingAverage uint64 // parts of 1,000,000
	Yuma3              bool
	LiquidAlpha        bool
	AlphaLow           uint16
	AlphaHigh          uint16
	AlphaSteepness     int16 // hundredths

	// Burn is the first price of a registration. Every registration multiplies it by
	// BurnIncreasePercent/100, every BurnHalfLife blocks halve it, within the bounds.
	Burn, MinBurn, MaxBurn uint64
	BurnHalfLife           uint16 // 0: no decay
	BurnIncreasePercent    uint16 // 100: none

	// Emission is what an epoch pays: half to miners, half to validators.
	Emission uint64
	// Compound adds dividends to the stake that earned them.
	Compound bool
	// StakeIncentive adds what a miner earns to its stake, as the chain does. A miner that
	// keeps it comes to hold a permit; most sell.
	StakeIncentive bool
}

// DefaultChain are the chain's own defaults, an emission of one alpha per block, and
// stakes that stay.
func DefaultChain() ChainConfig {
	d := yuma.Defaults()
	return ChainConfig{
		Netuid: 1, Tempo: d.Tempo, MaxUIDs: 256, MaxValidators: d.MaxAllowedValidators, ImmunityPeriod: 4096,
		MinAllowedWeights: 1, WeightsRateLimit: 100, ActivityCutoffFactor: d.ActivityCutoffFactor,
		CommitReveal: true, RevealPeriod: 1,
		Kappa: d.Kappa, BondsPenalty: d.BondsPenalty, BondsMovingAverage: d.BondsMovingAverage, Yuma3: d.Yuma3,
		AlphaLow: d.AlphaLow, AlphaHigh: d.AlphaHigh, AlphaSteepness: d.AlphaSigmoidSteepness,
		Burn: 500_000, MinBurn: 500_000, MaxBurn: 100_000_000_000, BurnHalfLife: 360, BurnIncreasePercent: 126,
		Emission: uint64(d.Tempo) * 1_000_000_000,
	}
}

// Refusal is the chain's own name for the rule that a call breaks.
type Refusal string

// Error names the rule.
func (r Refusal) Error() string { return "the chain refuses: " + string(r) }

// maxStake bounds the sum of all stakes far below what the arithmetic of an epoch holds.
const maxStake = 1 << 60

// Chain is one subnet on virtual time, without accounts, signatures and storage: who is
// registered, what validators voted, and what the epochs make of it by package yuma. The
// caller says in which block things happen; blocks never go back. In a block an epoch
// comes before anything else, as on the chain.
//
// All is a pure function of the calls. A chain must not be used by several goroutines at
// once.
type Chain struct {
	cfg      ChainConfig
	block    uint64
	index    uint64 // epochs so far
	burn     uint64
	burnAt   uint64 // block for which burn is the price; block 1 has that of block 0
	halfLife uint64 // factor of one block, with 32 fraction bits

	in       yuma.Input // of the next epoch; its lists have an entry per uid
	emission []uint64   // per uid, of the last epoch
	hotkeys  []protocol.Hotkey
	serving  []bool
	public   []publication // when the row of a uid was made and shown
	uids     map[protocol.Hotkey]uint16
	commits  map[protocol.Hotkey][]commit // the oldest first

	// Two workspaces take turns: the bonds that one gave are what the other reads.
	spaces [2]yuma.Workspace
}

// NewChain is a subnet without neurons in block 0.
func NewChain(cfg ChainConfig) *Chain {
	return &Chain{
		cfg: cfg, burn: cfg.Burn, burnAt: 1, halfLife: burn.HalfLife(cfg.BurnHalfLife),
		in: yuma.Input{
			Emission: cfg.Emission, Tempo: cfg.Tempo, ActivityCutoffFactor: cfg.ActivityCutoffFactor,
			TaoWeight: yuma.Defaults().TaoWeight, StakeThreshold: cfg.StakeThreshold,
			MaxAllowedValidators: cfg.MaxValidators, CommitRevealEnabled: cfg.CommitReveal,
			Kappa: cfg.Kappa, BondsPenalty: cfg.BondsPenalty, BondsMovingAverage: cfg.BondsMovingAverage,
			Yuma3: cfg.Yuma3, LiquidAlpha: cfg.LiquidAlpha, AlphaLow: cfg.AlphaLow, AlphaHigh: cfg.AlphaHigh,
			AlphaSigmoidSteepness: cfg.AlphaSteepness,
		},
		uids:    make(map[protocol.Hotkey]uint16),
		commits: make(map[protocol.Hotkey][]commit),
	}
}

// Neuron is what the chain shows of a uid.
type Neuron struct {
	UID          uint16
	Hotkey       protocol.Hotkey
	Stake        uint64 // rao
	Permit       bool
	RegisteredAt uint64 // block
	LastUpdate   uint64 // block of its last vote or commit; at first of its registration
	Serving      bool   // it has announced an axon, see Serve
}

// Neurons lists all neurons by uid.
func (c *Chain) Neurons() []Neuron {
	out := make([]Neuron, c.in.N)
	for i := range out {
		out[i] = Neuron{
			UID: uint16(i), Hotkey: c.hotkeys[i], Stake: c.in.AlphaStake[i], Permit: c.in.ValidatorPermits[i],
			RegisteredAt: c.in.BlockAtRegistration[i], LastUpdate: c.in.LastUpdate[i], Serving: c.serving[i],
		}
	}
	return out
}

// UID finds the uid of a hotkey.
func (c *Chain) UID(hotkey protocol.Hotkey) (uint16, bool) {
	uid, ok := c.uids[hotkey]
	return uid, ok
}

// Config is what the chain was made with.
func (c *Chain) Config() ChainConfig { return c.cfg }

// Block is the latest block in which something happened.
func (c *Chain) Block() uint64 { return c.block }

// Serve says whether a neuron has an axon that others find.
func (c *Chain) Serve(hotkey protocol.Hotkey, serving bool) error {
	uid, ok := c.uids[hotkey]
	if !ok {
		return Refusal("HotKeyNotRegisteredInNetwork")
	}
	c.serving[uid] = serving
	return nil
}

// AddStake adds to the stake of a neuron.
func (c *Chain) AddStake(hotkey protocol.Hotkey, amount uint64) error {
	uid, ok := c.uids[hotkey]
	if !ok {
		return Refusal("HotKeyNotRegisteredInSubNet")
	}
	if err := c.room(amount); err != nil {
		return err
	}
	c.in.AlphaStake[uid] += amount
	return nil
}

// room says whether more stake fits.
func (c *Chain) room(amount uint64) error {
	var sum uint64
	for _, s := range c.in.AlphaStake {
		sum += s
	}
	if amount > maxStake || sum > maxStake-amount {
		return fmt.Errorf("add stake of %d rao: all stakes together may not exceed 2^60", amount)
	}
	return nil
}

// advance moves the clock to a block.
func (c *Chain) advance(block uint64) error {
	if block < c.block || block == math.MaxUint64 {
		return fmt.Errorf("go to block %d: the chain is in block %d already", block, c.block)
	}
	c.block = block
	return nil
}

package devnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/yuma"
)

// maxGenesisUIDs bounds the neurons of a subnet.
const maxGenesisUIDs = 4096

// defaultFaucet is a million TAO, in rao.
const defaultFaucet = 1_000_000_000_000_000

// Genesis is what a new chain starts with. DefaultGenesis has the chain's own
// defaults; nothing else fills in what is left zero. Amounts are in rao, periods
// in blocks, shares in parts of 65535 unless said.
type Genesis struct {
	ChainID   uint64        `json:"chain_id" yaml:"chain_id"`
	Netuid    uint16        `json:"netuid" yaml:"netuid"`
	BlockTime time.Duration `json:"block_time" yaml:"block_time"`
	// TimeMillis is the timestamp of block 0 in Unix milliseconds.
	TimeMillis uint64 `json:"time_millis" yaml:"time_millis"`
	// Balances by account pay for gas and registrations.
	Balances map[protocol.Hotkey]uint64 `json:"balances" yaml:"balances"`
	// Faucet is the balance of FaucetKey; 0 is a chain without one.
	Faucet uint64 `json:"faucet" yaml:"faucet"`
	// Neurons are registered at block 0, in the order of their uids.
	Neurons []GenesisNeuron `json:"neurons" yaml:"neurons"`
	// Owner is the hotkey of the subnet's owner, zero for none.
	Owner protocol.Hotkey `json:"owner" yaml:"owner"`

	Tempo                uint16 `json:"tempo" yaml:"tempo"`
	MaxUIDs              uint16 `json:"max_uids" yaml:"max_uids"`
	MaxValidators        uint16 `json:"max_validators" yaml:"max_validators"`
	ImmunityPeriod       uint16 `json:"immunity_period" yaml:"immunity_period"`
	MinAllowedWeights    uint16 `json:"min_allowed_weights" yaml:"min_allowed_weights"`
	WeightsVersion       uint64 `json:"weights_version" yaml:"weights_version"`
	WeightsRateLimit     uint64 `json:"weights_rate_limit" yaml:"weights_rate_limit"`
	ServingRateLimit     uint64 `json:"serving_rate_limit" yaml:"serving_rate_limit"`
	ActivityCutoffFactor uint32 `json:"activity_cutoff_factor" yaml:"activity_cutoff_factor"` // tempos, in thousandths

	RegistrationAllowed bool   `json:"registration_allowed" yaml:"registration_allowed"`
	Burn                uint64 `json:"burn" yaml:"burn"` // first price of a registration
	MinBurn             uint64 `json:"min_burn" yaml:"min_burn"`
	MaxBurn             uint64 `json:"max_burn" yaml:"max_burn"`
	BurnHalfLife        uint16 `json:"burn_half_life" yaml:"burn_half_life"`               // 0: no decay
	BurnIncreasePercent uint16 `json:"burn_increase_percent" yaml:"burn_increase_percent"` // per registration; 100: none

	// CommitReveal makes setWeights fail with CommitRevealEnabled and lets votes be
	// committed and revealed instead.
	CommitReveal       bool   `json:"commit_reveal" yaml:"commit_reveal"`
	CommitRevealPeriod uint64 `json:"commit_reveal_period" yaml:"commit_reveal_period"` // in epochs

	Kappa              uint16 `json:"kappa" yaml:"kappa"`
	BondsPenalty       uint16 `json:"bonds_penalty" yaml:"bonds_penalty"`
	BondsMovingAverage uint64 `json:"bonds_moving_average" yaml:"bonds_moving_average"` // parts of 1,000,000
	Yuma3              bool   `json:"yuma3" yaml:"yuma3"`
	LiquidAlpha        bool   `json:"liquid_alpha" yaml:"liquid_alpha"`
	AlphaLow           uint16 `json:"alpha_low" yaml:"alpha_low"`
	AlphaHigh          uint16 `json:"alpha_high" yaml:"alpha_high"`
	AlphaSteepness     int16  `json:"alpha_steepness" yaml:"alpha_steepness"` // hundredths
	StakeThreshold     uint64 `json:"stake_threshold" yaml:"stake_threshold"`
	TaoWeight          uint64 `json:"tao_weight" yaml:"tao_weight"` // parts of 2^64-1

	// EmissionPerBlock is the alpha that each block adds to the subnet's pending
	// emission. OwnerCut of it is the owner's, if there is one; of the rest half is
	// for servers and half for validators.
	EmissionPerBlock uint64 `json:"emission_per_block" yaml:"emission_per_block"`
	OwnerCut         uint16 `json:"owner_cut" yaml:"owner_cut"`

	// AllowLoopbackAxons lets neurons announce 127.0.0.1 and ::1, which a real
	// chain refuses.
	AllowLoopbackAxons bool `json:"allow_loopback_axons" yaml:"allow_loopback_axons"`
}

// GenesisNeuron is a neuron that is registered from the start.
type GenesisNeuron struct {
	Hotkey protocol.Hotkey `json:"hotkey" yaml:"hotkey"`
	// Coldkey owns the hotkey; zero means the hotkey itself.
	Coldkey         protocol.Hotkey `json:"coldkey" yaml:"coldkey"`
	AlphaStake      uint64          `json:"alpha_stake" yaml:"alpha_stake"`
	ValidatorPermit bool            `json:"validator_permit" yaml:"validator_permit"`
}

// DefaultGenesis is a subnet with the settings of a newly created one, without
// neurons and with no account but the faucet's. It differs from the public chain
// in that blocks take a second.
func DefaultGenesis() Genesis {
	d := yuma.Defaults()
	return Genesis{
		ChainID: 42, Netuid: 1, BlockTime: time.Second, Faucet: defaultFaucet,
		Tempo: d.Tempo, MaxUIDs: 256, MaxValidators: d.MaxAllowedValidators, ImmunityPeriod: 5000, MinAllowedWeights: 1,
		WeightsRateLimit: 100, ServingRateLimit: 50, ActivityCutoffFactor: d.ActivityCutoffFactor,
		RegistrationAllowed: true, Burn: 500_000, MinBurn: 500_000, MaxBurn: 100_000_000_000,
		BurnHalfLife: 360, BurnIncreasePercent: 126, CommitReveal: true, CommitRevealPeriod: 1,
		Kappa: d.Kappa, BondsPenalty: d.BondsPenalty, BondsMovingAverage: d.BondsMovingAverage, Yuma3: d.Yuma3,
		AlphaLow: d.AlphaLow, AlphaHigh: d.AlphaHigh, AlphaSteepness: d.AlphaSigmoidSteepness, TaoWeight: d.TaoWeight,
		EmissionPerBlock: 1_000_000_000, OwnerCut: 11796,
	}
}

// Validate reports everything that is wrong with the genesis.
func (g Genesis) Validate() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	check(g.ChainID > 0, "chain_id must not be 0")
	check(g.Netuid > 0 && g.Netuid < 4096, "netuid must be in 1..4095, is %d", g.Netuid)
	check(g.BlockTime > 0, "block_time must be positive, is %s", g.BlockTime)
	check(g.Tempo > 0, "tempo must not be 0")
	check(g.MaxUIDs > 0 && g.MaxUIDs <= maxGenesisUIDs, "max_uids must be in 1..%d, is %d", maxGenesisUIDs, g.MaxUIDs)
	check(len(g.Neurons) <= int(g.MaxUIDs), "%d neurons do not fit %d uids", len(g.Neurons), g.MaxUIDs)
	check(g.MaxValidators > 0, "max_validators must not be 0")
	check(g.MinBurn <= g.MaxBurn && g.Burn >= g.MinBurn && g.Burn <= g.MaxBurn, "burn must lie in min_burn..max_burn")
	check(g.BurnIncreasePercent >= 100, "burn_increase_percent must be at least 100, is %d", g.BurnIncreasePercent)
	check(g.CommitRevealPeriod >= 1 && g.CommitRevealPeriod <= maxRevealPeriod,
		"commit_reveal_period must be in 1..%d, is %d", maxRevealPeriod, g.CommitRevealPeriod)
	check(g.BondsMovingAverage <= 1_000_000, "bonds_moving_average must be at most 1000000, is %d", g.BondsMovingAverage)
	check(g.EmissionPerBlock <= 1<<40, "emission_per_block must be at most 2^40, is %d", g.EmissionPerBlock)
	check(g.Faucet == 0 || g.Faucet >= existentialDeposit, "faucet must be 0 or at least %d rao", existentialDeposit)
	money, faucet := g.Faucet, FaucetKey().Hotkey()
	for account, balance := range g.Balances {
		check(account != faucet || g.Faucet == 0, "balances has the faucet's account, which faucet funds")
		money += min(balance, maxStake+1-min(money, maxStake+1)) // stops past the bound
	}
	check(money <= maxStake, "the balances exceed %d", uint64(maxStake))
	seen := make(map[protocol.Hotkey]bool, len(g.Neurons))
	var stake uint64
	for uid, n := range g.Neurons {
		check(!n.Hotkey.IsZero(), "neuron %d has no hotkey", uid)
		check(!seen[n.Hotkey], "neuron %d repeats hotkey %s", uid, n.Hotkey)
		check(n.AlphaStake <= maxStake-min(stake, maxStake), "the stakes up to neuron %d exceed %d", uid, uint64(maxStake))
		seen[n.Hotkey], stake = true, stake+min(n.AlphaStake, maxStake)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("genesis: %w", err)
	}
	return nil
}

// maxStake bounds the total stake far below what the epoch's arithmetic holds.
const maxStake = 1 << 60

// digest identifies the genesis.
func (g Genesis) digest() (item.Hash, error) {
	b, err := json.Marshal(g)
	if err != nil {
		return item.Hash{}, fmt.Errorf("encode genesis: %w", err)
	}
	return item.Sum("assay/devnet/genesis/v1", b), nil
}

// write puts the genesis into an empty state.
func (g Genesis) write(s *state, digest item.Hash) {
	s.putGenesis(digest)
	s.putHead(headRecord{TimeMillis: g.TimeMillis})
	s.putHyper(g.hyper())
	s.putSubnet(subnetRecord{Burn: g.Burn, N: uint16(len(g.Neurons))})
	if g.Faucet > 0 {
		s.putAccount(FaucetKey().Hotkey(), accountRecord{Balance: g.Faucet})
	}
	for account, balance := range g.Balances {
		s.putAccount(account, accountRecord{Balance: balance})
	}
	if !g.Owner.IsZero() {
		s.putOwner(g.Owner, g.Owner) // its own coldkey unless it is a neuron with another
	}
	for i, n := range g.Neurons {
		uid := uint16(i)
		if n.Coldkey.IsZero() {
			n.Coldkey = n.Hotkey
		}
		s.putOwner(n.Hotkey, n.Coldkey)
		s.putUID(n.Hotkey, uid)
		s.putAlpha(n.Hotkey, n.AlphaStake)
		s.putNeuron(uid, neuronRecord{Hotkey: n.Hotkey, Permit: n.ValidatorPermit, Active: true})
	}
}

// hyperparams is the genesis as the chain shows it.
func (g Genesis) hyperparams() chain.Hyperparams {
	h := chain.Hyperparams{
		Tempo: g.Tempo, ImmunityPeriod: g.ImmunityPeriod, MinAllowedWeights: g.MinAllowedWeights,
		MaxWeight: 65535, WeightsVersion: g.WeightsVersion, WeightsRateLimit: g.WeightsRateLimit,
		ServingRateLimit: g.ServingRateLimit, MaxValidators: g.MaxValidators,
		CommitRevealEnabled: g.CommitReveal, CommitRevealPeriod: g.CommitRevealPeriod,
		YumaVersion: 2, Kappa: g.Kappa, LiquidAlphaEnabled: g.LiquidAlpha,
		AlphaLow: g.AlphaLow, AlphaHigh: g.AlphaHigh, AlphaSteepness: g.AlphaSteepness,
		BondsMovingAverage: g.BondsMovingAverage, ActivityCutoff: g.activityCutoff(),
		ActivityCutoffFactor: g.ActivityCutoffFactor, RegistrationAllowed: g.RegistrationAllowed,
		MinBurn: g.MinBurn, MaxBurn: g.MaxBurn, BurnHalfLife: g.BurnHalfLife,
		BurnIncrease: float64(g.BurnIncreasePercent) / 100, SubnetActive: true,
		OwnerCutEnabled: !g.Owner.IsZero() && g.OwnerCut > 0,
	}
	if g.Yuma3 {
		h.YumaVersion = 3
	}
	return h
}

// activityCutoff is max(1, factor·tempo/1000) blocks.
func (g Genesis) activityCutoff() uint64 {
	return max(1, uint64(g.ActivityCutoffFactor)*uint64(g.Tempo)/1000)
}

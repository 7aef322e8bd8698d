package yuma

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// vectorFile is a file of epochs among the reference vectors.
type vectorFile struct {
	Name   string
	Epochs []struct {
		Label    string
		Input    vectorInput
		Expect   []assertion
		Intended []assertion
		Output   vectorOutput
	}
}

type vectorInput struct {
	N                     int       `json:"n"`
	Emission              uint64    `json:"rao_emission"`
	Block                 uint64    `json:"current_block"`
	Tempo                 uint16    `json:"tempo"`
	CutoffFactor          uint32    `json:"activity_cutoff_factor_milli"`
	LastMechanismStep     uint64    `json:"last_mechanism_step_block"`
	LastUpdate            []uint64  `json:"last_update"`
	BlockAtRegistration   []uint64  `json:"block_at_registration"`
	AlphaStake            []uint64  `json:"alpha_stake"`
	TaoStake              []uint64  `json:"tao_stake"`
	TaoWeight             uint64    `json:"tao_weight"`
	StakeThreshold        uint64    `json:"stake_threshold"`
	OwnerUID              *uint16   `json:"owner_uid"`
	ValidatorPermits      []bool    `json:"validator_permits"`
	MaxValidators         uint16    `json:"max_allowed_validators"`
	Weights               packed    `json:"weights"`
	Bonds                 packed    `json:"bonds"`
	CommitReveal          bool      `json:"commit_reveal_enabled"`
	ActiveCommitBlock     []*uint64 `json:"active_commit_block"`
	Kappa                 uint16    `json:"kappa"`
	BondsPenalty          uint16    `json:"bonds_penalty"`
	BondsMovingAverage    uint64    `json:"bonds_moving_average"`
	Yuma3                 bool      `json:"yuma3_enabled"`
	LiquidAlpha           bool      `json:"liquid_alpha_enabled"`
	AlphaLow              uint16    `json:"alpha_low"`
	AlphaHigh             uint16    `json:"alpha_high"`
	AlphaSigmoidSteepness int16     `json:"alpha_sigmoid_steepness"`
}

// UnmarshalJSON starts from the vectors' defaults, which absent fields keep.
func (v *vectorInput) UnmarshalJSON(data []byte) error {
	type plain vectorInput
	d := plain{
		Emission: 1_000_000_000, Tempo: 360, CutoffFactor: 13889, TaoWeight: 971718665099567868,
		MaxValidators: 128, Kappa: 32767, BondsPenalty: 65535, BondsMovingAverage: 900_000,
		AlphaLow: 45875, AlphaHigh: 58982, AlphaSigmoidSteepness: 1000,
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return err
	}
	*v = vectorInput(d)
	return nil
}

func (v *vectorInput) input() *Input {
	in := &Input{
		N: v.N, Emission: v.Emission, Block: v.Block, Tempo: v.Tempo,
		ActivityCutoffFactor: v.CutoffFactor, LastMechanismStepBlock: v.LastMechanismStep,
		LastUpdate: v.LastUpdate, BlockAtRegistration: v.BlockAtRegistration,
		AlphaStake: v.AlphaStake, TaoStake: v.TaoStake, TaoWeight: v.TaoWeight,
		StakeThreshold: v.StakeThreshold, OwnerUID: v.OwnerUID,
		ValidatorPermits: v.ValidatorPermits, MaxAllowedValidators: v.MaxValidators,
		Weights: v.Weights.rows(), Bonds: v.Bonds.rows(),
		CommitRevealEnabled: v.CommitReveal,
		Kappa:               v.Kappa, BondsPenalty: v.BondsPenalty, BondsMovingAverage: v.BondsMovingAverage,
		Yuma3: v.Yuma3, LiquidAlpha: v.LiquidAlpha, AlphaLow: v.AlphaLow, AlphaHigh: v.AlphaHigh,
		AlphaSigmoidSteepness: v.AlphaSigmoidSteepness,
	}
	for _, block := range v.ActiveCommitBlock {
		commit := uint64(NoCommit)
		if block != nil {
			commit = *block
		}
		in.ActiveCommitBlock = append(in.ActiveCommitBlock, commit)
	}
	return in
}

type vectorOutput struct {
	Stake               []uint64 `json:"stake"`
	StakeWeight         []uint16 `json:"stake_weight"`
	Active              []bool   `json:"active"`
	Consensus           []uint16 `json:"consensus"`
	Incentive           []uint16 `json:"incentive"`
	Dividends           []uint16 `json:"dividends"`
	ValidatorTrust      []uint16 `json:"validator_trust"`
	ServerEmission      []uint64 `json:"server_emission"`
	ValidatorEmission   []uint64 `json:"validator_emission"`
	Emission            []uint64 `json:"emission"`
	NewValidatorPermits []bool   `json:"new_validator_permits"`
	Bonds               packed   `json:"bonds"`
	Fixed               struct {
		Stake            []uint64 `json:"stake"`
		ActiveStake      []uint64 `json:"active_stake"`
		Kappa            uint64   `json:"kappa"`
		Consensus        []uint64 `json:"consensus"`
		Ranks            []uint64 `json:"ranks"`
		Incentive        []uint64 `json:"incentive"`
		ValidatorTrust   []uint64 `json:"validator_trust"`
		Dividends        []uint64 `json:"dividends"`
		CombinedEmission []uint64 `json:"combined_emission"`
	} `json:"fixed"`
}

// packed is a sparse matrix: rows as column, value, column, ... and which row
// each uid has.
type packed struct {
	Rows [][]uint16 `json:"rows"`
	Of   []int      `json:"of"`
}

func (p packed) rows() []Row {
	rows := make([]Row, len(p.Of))
	for i, k := range p.Of {
		if k < 0 {
			continue
		}
		for c := 0; c < len(p.Rows[k]); c += 2 {
			rows[i] = append(rows[i], Cell{p.Rows[k][c], p.Rows[k][c+1]})
		}
	}
	return rows
}

// decodeFile decodes a file of the reference vectors into v.
func decodeFile(t testing.TB, name string, v any) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := json.NewDecoder(f).Decode(v); err != nil {
		t.Fatalf("decode %s: %v", name, err)
	}
}

// epochFiles returns the names of all files that hold epochs.
func epochFiles(t testing.TB) []string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"epoch_*.json", "yuma3_*.json", "gen_edge_cases.json", "gen_random_small.json"} {
		found, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("no vectors match %s (%v)", pattern, err)
		}
		for _, path := range found {
			names = append(names, filepath.Base(path))
		}
	}
	return names
}

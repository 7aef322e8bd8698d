package yuma_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/assaynet/assay/yuma"
	"github.com/assaynet/assay/yuma/casefile"
)

// vectorFile is what a file of epochs among the reference vectors holds besides the
// inputs, which package casefile reads.
type vectorFile struct {
	Epochs []struct {
		Label    string
		Expect   []assertion
		Intended []assertion
		Output   vectorOutput
	}
}

// TestEpochVectors computes every epoch of the reference vectors in one reused
// workspace and compares each bit of the result.
func TestEpochVectors(t *testing.T) {
	var w yuma.Workspace
	epochs, assertions := 0, 0
	for _, name := range epochFiles(t) {
		file, inputs := decodeVectors(t, name)
		for k, e := range file.Epochs {
			out, err := w.Epoch(inputs[k])
			if err != nil {
				t.Errorf("%s, %s: %v", name, e.Label, err)
				continue
			}
			compare := comparison{t, name + ", " + e.Label}
			compare.output(out, &e.Output)
			for _, a := range slices.Concat(e.Expect, e.Intended) {
				if got, ok := a.holds(out); !ok {
					t.Errorf("%s, %s: %+v does not hold, have %v", name, e.Label, a, got)
				}
			}
			epochs++
			assertions += len(e.Expect) + len(e.Intended)
		}
	}
	if epochs < 400 || assertions < 6000 {
		t.Errorf("only %d epochs and %d assertions", epochs, assertions)
	}
}

// comparison reports differences of one epoch's result.
type comparison struct {
	t     *testing.T
	label string
}

func (c comparison) output(got *yuma.Output, want *vectorOutput) {
	same(c, "stake", got.Stake, want.Stake)
	same(c, "stake weight", got.StakeWeight, want.StakeWeight)
	same(c, "active", got.Active, want.Active)
	same(c, "consensus", got.Consensus, want.Consensus)
	same(c, "incentive", got.Incentive, want.Incentive)
	same(c, "dividends", got.Dividends, want.Dividends)
	same(c, "validator trust", got.ValidatorTrust, want.ValidatorTrust)
	same(c, "server emission", got.ServerEmission, want.ServerEmission)
	same(c, "validator emission", got.ValidatorEmission, want.ValidatorEmission)
	same(c, "emission", got.Emission, want.Emission)
	same(c, "new permits", got.NewValidatorPermits, want.NewValidatorPermits)
	same(c, "fixed stake", got.Fixed.Stake, want.Fixed.Stake)
	same(c, "fixed active stake", got.Fixed.ActiveStake, want.Fixed.ActiveStake)
	same(c, "fixed kappa", []uint64{got.Fixed.Kappa}, []uint64{want.Fixed.Kappa})
	same(c, "fixed consensus", got.Fixed.Consensus, want.Fixed.Consensus)
	same(c, "fixed ranks", got.Fixed.Ranks, want.Fixed.Ranks)
	same(c, "fixed incentive", got.Fixed.Incentive, want.Fixed.Incentive)
	same(c, "fixed validator trust", got.Fixed.ValidatorTrust, want.Fixed.ValidatorTrust)
	same(c, "fixed dividends", got.Fixed.Dividends, want.Fixed.Dividends)
	same(c, "fixed combined emission", got.Fixed.CombinedEmission, want.Fixed.CombinedEmission)
	rows := want.Bonds.rows()
	if len(got.Bonds) != len(rows) {
		c.t.Errorf("%s: %d bond rows, want %d", c.label, len(got.Bonds), len(rows))
		return
	}
	for i, row := range rows {
		same(c, "bonds", got.Bonds[i], row)
	}
}

func same[T comparable](c comparison, what string, got, want []T) {
	c.t.Helper()
	if !slices.Equal(got, want) {
		c.t.Errorf("%s: %s\n got %v\nwant %v", c.label, what, got, want)
	}
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

func (p packed) rows() []yuma.Row {
	rows := make([]yuma.Row, len(p.Of))
	for i, k := range p.Of {
		if k < 0 {
			continue
		}
		for c := 0; c < len(p.Rows[k]); c += 2 {
			rows[i] = append(rows[i], yuma.Cell{Column: p.Rows[k][c], Value: p.Rows[k][c+1]})
		}
	}
	return rows
}

// decodeVectors decodes a file of epochs and its inputs, which are as many.
func decodeVectors(t testing.TB, name string) (file vectorFile, inputs []*yuma.Input) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatalf("decode %s: %v", name, err)
	}
	if inputs, err = casefile.Decode(data); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(inputs) == 0 || len(inputs) != len(file.Epochs) {
		t.Fatalf("%s has %d inputs and %d results", name, len(inputs), len(file.Epochs))
	}
	return file, inputs
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

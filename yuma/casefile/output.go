package casefile

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/assaynet/assay/yuma"
)

// output is an epoch's result as it stands in a file.
type output struct {
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
	Bonds               struct {
		Rows [][]uint16 `json:"rows"`
		Of   []int      `json:"of"`
	} `json:"bonds"`
}

// Run computes the epochs, which stand on their own, and writes
// {"epochs":[{"stake":[...],...},...]} and a line feed: one result for each input. It
// writes epoch by epoch, so that memory holds one result at a time. Stop, asked
// before each epoch, ends it early with its error.
func Run(w io.Writer, inputs []*yuma.Input, stop func() error) error {
	if _, err := io.WriteString(w, `{"epochs":[`); err != nil {
		return err
	}
	var work yuma.Workspace
	for k, in := range inputs {
		if err := stop(); err != nil {
			return err
		}
		out, err := work.Epoch(in)
		if err != nil {
			return fmt.Errorf("epochs[%d].input: %w", k, err)
		}
		line, err := json.Marshal(written(out))
		if err != nil {
			return fmt.Errorf("write epochs[%d]: %w", k, err)
		}
		if k > 0 {
			line = append([]byte{','}, line...)
		}
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "]}\n")
	return err
}

// written copies what a file shows of a result.
func written(out *yuma.Output) *output {
	o := &output{
		Stake: list(out.Stake), StakeWeight: list(out.StakeWeight), Active: list(out.Active),
		Consensus: list(out.Consensus), Incentive: list(out.Incentive), Dividends: list(out.Dividends),
		ValidatorTrust: list(out.ValidatorTrust), ServerEmission: list(out.ServerEmission),
		ValidatorEmission: list(out.ValidatorEmission), Emission: list(out.Emission),
		NewValidatorPermits: list(out.NewValidatorPermits),
	}
	o.Bonds.Rows, o.Bonds.Of = pack(out.Bonds)
	return o
}

// list makes an absent list an empty one, which JSON tells from null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

package localnet

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// Epoch is what is told of an epoch: the metagraph right after it, with what the
// first validator thinks of each miner.
type Epoch struct {
	Epoch   uint64   `json:"epoch"`
	Block   uint64   `json:"block"`
	Neurons []Neuron `json:"neurons"`
}

// Neuron is a row of the metagraph. Stake is in rao and Emission in rao per epoch;
// ValidatorTrust to Dividends are shares, 0..1. The last four are as the first
// validator sees the miner, and null for validators.
type Neuron struct {
	UID            uint16          `json:"uid"`
	Hotkey         protocol.Hotkey `json:"hotkey"`
	Role           string          `json:"role"`
	Profile        string          `json:"profile"`
	Stake          uint64          `json:"stake"`
	ValidatorTrust float64         `json:"validator_trust"`
	Consensus      float64         `json:"consensus"`
	Incentive      float64         `json:"incentive"`
	Dividends      float64         `json:"dividends"`
	Emission       uint64          `json:"emission"`
	ValidShare     *scoring.Share  `json:"valid_share"`
	Value          *float64        `json:"value"`
	Weight         *float64        `json:"weight"`
	Flags          []string        `json:"flags"`

	verdict string
}

// share turns the chain's part of 65535 into 0..1.
func share(u uint16) float64 { return float64(u) / 65535 }

// reportEpoch joins the metagraph with the first validator's scores.
func reportEpoch(index uint64, m *chain.Metagraph, scores []scoring.Score, cast map[protocol.Hotkey]actor) Epoch {
	byKey := map[protocol.Hotkey]scoring.Score{}
	for _, s := range scores {
		byKey[s.Hotkey] = s
	}
	e := Epoch{Epoch: index, Block: m.Block, Neurons: []Neuron{}}
	for _, n := range m.Neurons {
		a := cast[n.Hotkey]
		row := Neuron{
			UID: n.UID, Hotkey: n.Hotkey, Role: a.role, Profile: a.profile, Stake: n.Stake,
			ValidatorTrust: share(n.ValidatorTrust), Consensus: share(n.Consensus), Incentive: share(n.Incentive),
			Dividends: share(n.Dividends), Emission: n.Emission,
		}
		if a.role == roleMiner {
			s := byKey[n.Hotkey]
			row.ValidShare, row.Value, row.Weight, row.Flags = &s.ValidShare, &s.Value, &s.Weight, s.Flags
			if row.Flags == nil {
				row.Flags = []string{}
			}
			row.verdict = verdictOf(s)
		}
		e.Neurons = append(e.Neurons, row)
	}
	return e
}

// verdictOf is the first validator's verdict in a few words.
func verdictOf(s scoring.Score) string {
	switch {
	case len(s.Flags) > 0:
		return "flagged " + strings.Join(s.Flags, ",")
	case s.Rejected:
		return "rejected"
	case s.OnTrial:
		return "turned bad, on trial"
	case s.ValidShare.Checked == 0:
		return "not checked yet"
	case s.Away:
		return "away"
	case s.Weight == 0 && labelsOnly(s):
		return "has not passed the exam"
	case s.Weight == 0 && s.ValidShare.Upper < 0.5:
		return "little is valid"
	case s.Weight == 0:
		return "nothing of its own"
	}
	return "earning"
}

// labelsOnly reports whether a miner has nothing but labels, whose exam it has not passed.
func labelsOnly(s scoring.Score) bool {
	for _, c := range s.Cells {
		if !c.Judges || c.Passed {
			return false
		}
	}
	return len(s.Cells) > 0
}

// writeJSON writes the epoch as one line.
func (e Epoch) writeJSON(w io.Writer) error {
	b, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode epoch %d: %w", e.Epoch, err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// writeTable writes the epoch for people.
func (e Epoch) writeTable(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\nepoch %d, block %d\n", e.Epoch, e.Block)
	fmt.Fprintf(&b, "%3s  %-15s %8s %6s %6s %9s %9s %10s   %-23s %6s %6s  %-8s  %s\n",
		"UID", "PROFILE", "STAKE τ", "VTRUST", "CONS", "INCENTIVE", "DIVIDENDS", "EMISSION α", "VALID SHARE", "VALUE", "WEIGHT", "HOTKEY", "VERDICT")
	for _, n := range e.Neurons {
		valid, value, weight := "", "", ""
		if n.ValidShare != nil {
			value, weight = fmt.Sprintf("%.3f", *n.Value), fmt.Sprintf("%.3f", *n.Weight)
		}
		if n.ValidShare != nil && n.ValidShare.Checked > 0 {
			valid = fmt.Sprintf("%.2f [%.2f, %.2f] n=%d", n.ValidShare.Mean, n.ValidShare.Lower, n.ValidShare.Upper, n.ValidShare.Checked)
		}
		line := fmt.Sprintf("%3d  %-15s %8.1f %6s %6.3f %9.4f %9.4f %10.4f   %-23s %6s %6s  %-8s  %s",
			n.UID, n.Profile, float64(n.Stake)/1e9, dashed(n.Role == roleValidator, "%.3f", n.ValidatorTrust),
			n.Consensus, n.Incentive, n.Dividends, float64(n.Emission)/1e9, valid, value, weight, n.Hotkey.Short(), n.verdict)
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func dashed(shown bool, format string, v float64) string {
	if !shown {
		return "–"
	}
	return fmt.Sprintf(format, v)
}

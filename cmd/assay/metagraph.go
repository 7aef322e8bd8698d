package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/node"
)

// metagraph builds "assay metagraph", the subnet as the chain has it.
func (a *app) metagraph() *cobra.Command {
	cfg := config.DefaultMetagraph()
	cmd := &cobra.Command{
		Use:   "metagraph",
		Short: "Show every neuron of a subnet as the chain has it.",
		Example: `  assay metagraph                                             the devnet of this machine
  assay metagraph --subtensor.network finney --netuid 13 --json`,
	}
	return a.asks(cmd, cfg, func(ctx context.Context, se session) error { return a.jobs.metagraph(ctx, se, cfg) })
}

// chainDeadline bounds a command that asks the chain and ends.
const chainDeadline = time.Minute

func showMetagraph(ctx context.Context, s session, cfg *config.Metagraph) error {
	ctx, cancel := context.WithTimeout(ctx, chainDeadline)
	defer cancel()
	client, err := node.OpenReader(ctx, cfg.Chain, s.Log)
	if err != nil {
		return hintDevnet(err, cfg.Chain)
	}
	defer client.Close()
	head, err := client.Head(ctx)
	if err != nil {
		return err
	}
	m, err := client.Metagraph(ctx, head)
	if err != nil {
		return err
	}
	rules, err := client.Hyperparams(ctx)
	if err != nil {
		return err
	}
	t := metagraphOf(m, rules)
	if cfg.JSON {
		return printJSON(s.Out, t)
	}
	return t.write(s.Out, cfg.Wide)
}

// metagraphTable is a metagraph as it is printed. Shares are 0..1; stake is in rao
// and emission in rao of alpha per epoch, as integers.
type metagraphTable struct {
	Netuid  uint16      `json:"netuid"`
	Block   uint64      `json:"block"`
	Hash    string      `json:"block_hash"`
	Tempo   uint16      `json:"tempo"`
	Neurons []neuronRow `json:"neurons"`
}

type neuronRow struct {
	UID             uint16  `json:"uid"`
	Stake           uint64  `json:"stake"`
	ValidatorTrust  float64 `json:"validator_trust"`
	Consensus       float64 `json:"consensus"`
	Incentive       float64 `json:"incentive"`
	Dividends       float64 `json:"dividends"`
	Emission        uint64  `json:"emission"`
	Updated         uint64  `json:"updated"` // blocks ago
	LastUpdate      uint64  `json:"last_update"`
	Active          bool    `json:"active"`
	ValidatorPermit bool    `json:"validator_permit"`
	RegisteredAt    uint64  `json:"block_at_registration"`
	ImmunityLeft    uint64  `json:"immunity_blocks_left"`
	Axon            string  `json:"axon"` // ip:port, empty when none is served
	Hotkey          string  `json:"hotkey"`
	HotkeySS58      string  `json:"hotkey_ss58"`
	Coldkey         string  `json:"coldkey"`
	ColdkeySS58     string  `json:"coldkey_ss58"`
}

func metagraphOf(m *chain.Metagraph, rules chain.Hyperparams) metagraphTable {
	t := metagraphTable{Netuid: m.Netuid, Block: m.Block, Hash: m.BlockHash.String(), Tempo: m.Tempo, Neurons: []neuronRow{}}
	for _, n := range m.Neurons {
		r := neuronRow{
			UID: n.UID, Stake: n.Stake, ValidatorTrust: share(n.ValidatorTrust), Consensus: share(n.Consensus),
			Incentive: share(n.Incentive), Dividends: share(n.Dividends), Emission: n.Emission,
			Updated: m.Block - min(n.LastUpdate, m.Block), LastUpdate: n.LastUpdate, Active: n.Active,
			ValidatorPermit: n.ValidatorPermit, RegisteredAt: n.RegisteredAt,
			Hotkey: n.Hotkey.String(), HotkeySS58: n.Hotkey.SS58(), Coldkey: n.Coldkey.String(), ColdkeySS58: n.Coldkey.SS58(),
		}
		if end := n.RegisteredAt + uint64(rules.ImmunityPeriod); end > m.Block {
			r.ImmunityLeft = end - m.Block
		}
		if n.Axon.Serving() {
			r.Axon = n.Axon.AddrPort().String()
		}
		t.Neurons = append(t.Neurons, r)
	}
	return t
}

// share turns the chain's part of 65535 into 0..1.
func share(u uint16) float64 { return float64(u) / 65535 }

// write prints the table for people. Keys are cut to what tells them apart unless
// wide is asked for, which also gives them in the form of Bittensor's tools.
func (t metagraphTable) write(w io.Writer, wide bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "netuid %d  block %d  tempo %d  %d neurons\n", t.Netuid, t.Block, t.Tempo, len(t.Neurons))
	keys := "HOTKEY"
	if wide {
		keys = wideKeys("HOTKEY", "HOTKEY SS58", "COLDKEY SS58")
	}
	fmt.Fprintf(&b, "%5s %14s %6s %6s %9s %9s %14s %8s %-6s %-6s %8s  %-21s  %s\n",
		"UID", "STAKE τ", "VTRUST", "CONS", "INCENTIVE", "DIVIDENDS", "EMISSION α", "UPDATED", "ACTIVE", "PERMIT", "IMMUNE", "AXON", keys)
	for _, n := range t.Neurons {
		keys := n.Hotkey[:10] + "…"
		if wide {
			keys = wideKeys(n.Hotkey, n.HotkeySS58, n.ColdkeySS58)
		}
		fmt.Fprintf(&b, "%5d %14.4f %6.3f %6.3f %9.5f %9.5f %14.6f %8d %-6s %-6s %8s  %-21s  %s\n",
			n.UID, float64(n.Stake)/1e9, n.ValidatorTrust, n.Consensus, n.Incentive, n.Dividends, float64(n.Emission)/1e9,
			n.Updated, yes(n.Active), yes(n.ValidatorPermit), blocks(n.ImmunityLeft), dash(n.Axon), keys)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// wideKeys are the columns of a neuron's keys: 0x and 64 digits, and SS58 twice.
func wideKeys(hotkey, ss58, coldkey string) string {
	return fmt.Sprintf("%-66s  %-48s  %s", hotkey, ss58, coldkey)
}

func yes(v bool) string {
	if v {
		return "yes"
	}
	return "–"
}

func blocks(n uint64) string {
	if n == 0 {
		return "–"
	}
	return fmt.Sprint(n)
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

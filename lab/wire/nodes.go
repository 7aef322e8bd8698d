package wire

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/miner"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/source"
	"github.com/assaynet/assay/transport"
	"github.com/assaynet/assay/validator"
)

// openMiner opens a production miner, and serves its axon.
func (n *subnet) openMiner(ctx context.Context, act *actor) error {
	text := n.site.programText()
	plays := cast{}
	if act == n.actors[len(n.actors)-1] && n.cast.strangers == nil {
		plays = n.cast
		text = n.site.programText(plays.hosts...)
	}
	p, err := program.Decode(text)
	if err != nil {
		return err
	}
	at := addrOf(act.axon)
	n.chain.add(act.key.Hotkey(), chain.Axon{IP: at.Addr(), Port: at.Port()}, false)
	dir := filepath.Join(n.dir, act.key.Hotkey().Short())
	cfg := miner.Config{Dir: dir, Netuid: netuid, RoundBlocks: roundBlocks, Feeds: []miner.Feed{{Name: "lab", Source: act.feed, Every: time.Millisecond}}}
	if act.miner, err = miner.Open(cfg, act.key, []*program.Program{p}, act.reader, nil); err != nil {
		return err
	}
	n.run(func() error { return act.miner.Run(ctx) })
	handler := act.miner.Handle
	if plays.instead != nil {
		handler = plays.instead
	}
	if plays.wrap != nil {
		handler = plays.wrap(handler)
	}
	if n.cast.strangers != nil && act == n.actors[0] {
		handler = n.reached.count(n.cast.strangers.From, handler)
	}
	if plays.socket != nil {
		n.run(func() error { plays.socket.Serve(ctx, act.axon, handler); return nil })
		return nil
	}
	n.run(func() error { return transport.Serve(ctx, act.axon, n.limits.server, handler) })
	return nil
}

// openValidator opens a production validator that is about to run.
func (n *subnet) openValidator(ctx context.Context, leave protocol.Leave) error {
	seed := item.Sum("lab/wire secrets")
	secrets := filepath.Join(n.dir, "secrets.seed")
	if err := os.WriteFile(secrets, fmt.Appendf(nil, "%x", seed[:]), 0o600); err != nil {
		return err
	}
	settings := validator.DefaultSettings()
	settings.RoundBlocks, settings.VoteLead, settings.AskBudget, settings.FetchBudget = roundBlocks, roundBlocks, long, long
	other := n.limits.dialer
	other.AnswerTimeout = long
	asks := asker{honest: transport.NewDialer(other), adversary: transport.NewDialer(n.limits.dialer), at: addrOf(n.adversary().axon)}
	fetcher := source.New(n.limits.fetch)
	context.AfterFunc(ctx, func() {
		_, _ = asks.honest.Close(), asks.adversary.Close()
		fetcher.Close()
	})
	n.validator = newReader(n.chain)
	v, err := validator.Open(validator.Config{
		Settings: settings, Software: "lab", Netuid: netuid, Genesis: item.Sum("lab/wire genesis"),
		SecretsPath: secrets, SecretLength: 4096, Parameters: scoring.DefaultParameters(), Programs: [][]byte{n.site.programText()},
	}, validator.Deps{
		Signer: n.self, Journal: n.record, Chain: n.validator, Ledger: n.chain, Booth: n.chain, Rules: n.chain,
		Asker: asks, Fetcher: fetcher, Log: slog.New(slog.DiscardHandler), Leave: leave,
	})
	if err != nil {
		return err
	}
	n.run(func() error { return v.Run(ctx) })
	return nil
}

// asker asks the adversary by one dialer and all others by another.
type asker struct {
	honest, adversary *transport.Dialer
	at                netip.AddrPort
}

// Ask implements validator.Asker.
func (a asker) Ask(ctx context.Context, to netip.AddrPort, request []byte) ([]byte, error) {
	if to == a.at {
		return a.adversary.Ask(ctx, to, request)
	}
	return a.honest.Ask(ctx, to, request)
}

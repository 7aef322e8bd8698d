package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/miner"
	"github.com/assaynet/assay/source"
	"github.com/assaynet/assay/transport"
	"github.com/assaynet/assay/wallet"
)

// Miner is an open miner with everything it stands on.
type Miner struct {
	*miner.Miner
	Account *wallet.Account
	Dir     string
	Ready   *Readiness

	client    *chain.Client
	axon      net.Listener
	announce  netip.AddrPort
	handler   transport.Handler
	labelling labelling
	metrics   *transport.Metrics
	ops       *Ops
	log       *slog.Logger
	joined    *flag
	chain     config.Chain
	closer    closer
}

// MinerOptions are what a caller may hand in beside the settings.
type MinerOptions struct {
	// Feeds take the place of the configured sources.
	Feeds []miner.Feed
	// Wrap stands between the wire and the miner.
	Wrap func(transport.Handler) transport.Handler
}

// OpenMiner opens a miner: lock, key, rules, sockets, chain, store. What was opened
// is closed again when a later step fails.
func OpenMiner(ctx context.Context, cfg *config.Miner, opt MinerOptions, log *slog.Logger) (_ *Miner, err error) {
	m := &Miner{Dir: cfg.Data.Dir, log: log, joined: new(flag), chain: cfg.Chain}
	defer func() {
		if err != nil {
			m.closer.close()
		}
	}()
	lock, err := m.closer.lock(cfg.Data.Dir)
	if err != nil {
		return nil, err
	}
	if m.Account, err = loadKey(cfg.Data, log); err != nil {
		return nil, err
	}
	r, err := loadRules(cfg.Subnet)
	if err != nil {
		return nil, err
	}
	registry := NewRegistry()
	m.Ready, m.metrics = NewReadiness(registry), transport.NewMetrics(registry)
	if err := m.listen(cfg, registry); err != nil {
		return nil, err
	}
	s, err := waiting{cfg.Chain, m.Account, chain.NewMetrics(registry), m.Ready, m.ops, log}.dial(ctx)
	if err != nil {
		return nil, err
	}
	m.client = s.Client
	m.closer.add(func() error { m.client.Close(); return nil })
	feeds := opt.Feeds
	if feeds == nil {
		if feeds, err = m.sources(cfg, r); err != nil {
			return nil, err
		}
	}
	labour, err := m.openDesk(ctx, cfg, r, lock, registry)
	if err != nil {
		return nil, err
	}
	m.Miner, err = miner.Open(miner.Config{
		Dir: cfg.Data.Dir, Lock: lock, Netuid: cfg.Chain.Netuid, RoundBlocks: cfg.Subnet.RoundBlocks, Feeds: feeds, Labour: labour,
		ServeAnyone: !cfg.ForceValidatorPermit, Metrics: miner.NewMetrics(registry),
	}, m.Account.Signer(), r.programs, m.client, log)
	if err != nil {
		return nil, err
	}
	m.closer.add(m.Miner.Close)
	m.handler = m.Miner.Handle
	if opt.Wrap != nil {
		m.handler = opt.Wrap(m.handler)
	}
	m.Ready.Add("store", m.stored)
	m.Ready.Add("joined", m.joined.check("not registered and serving on the chain yet"))
	return m, nil
}

// stored is the health check: the store takes what comes and is what was written.
func (m *Miner) stored() error {
	if why := m.Status().Store; why != "" {
		return errors.New(why)
	}
	return nil
}

// listen binds all addresses before anything else is opened.
func (m *Miner) listen(cfg *config.Miner, registry *prometheus.Registry) error {
	socket, err := ListenOps(cfg.Ops.Listen)
	if err != nil {
		return err
	}
	m.ops = NewOps(socket, registry, m.Ready, nil)
	m.closer.add(socket.Close)
	m.closer.add(m.ops.Close)
	if m.axon, err = net.Listen("tcp", cfg.Axon.Listen().String()); err != nil {
		return fmt.Errorf("listen for validators on %s: %w; choose another with --axon.port", cfg.Axon.Listen(), err)
	}
	m.closer.add(m.axon.Close)
	if err := m.listenDesk(cfg.Desk.Listen); err != nil {
		return err
	}
	bound, err := netip.ParseAddrPort(m.axon.Addr().String())
	if err != nil {
		return fmt.Errorf("listen for validators: %w", err)
	}
	if m.announce = cfg.Axon.Announce(bound); !m.announce.IsValid() {
		return fmt.Errorf("no address to announce on the chain: the axon listens on every address (%s); give the one that validators can reach with --axon.external_ip", bound)
	}
	return nil
}

// sources are those of the settings: one crawler over feeds and lists, and one
// source for each file.
func (m *Miner) sources(cfg *config.Miner, r rules) ([]miner.Feed, error) {
	c := cfg.Collect
	if len(c.Private) > 0 {
		m.log.Info("pages may be fetched from addresses that are not public", "fetch.allow", c.Private)
	}
	var feeds []miner.Feed
	if len(c.Feeds)+len(c.Lists) > 0 {
		client := source.New(source.Config{Guard: source.Guard{Allow: c.Private}, Rate: c.Rate, Burst: max(1, int(c.Rate)), UserAgent: Software()})
		m.closer.add(func() error { client.Close(); return nil })
		allow := c.Allow
		if len(allow) == 0 {
			allow = r.hosts()
		}
		crawler, err := source.NewCrawler(client, source.CrawlConfig{Feeds: c.Feeds, Lists: c.Lists, LinkSelector: c.Links, AllowHosts: allow})
		if err != nil {
			return nil, err
		}
		feeds = append(feeds, miner.Feed{Name: "pages", Source: crawler, Every: c.Every})
	}
	for _, path := range c.Files {
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, fmt.Errorf("source.file %s: %w", path, err)
		}
		feeds = append(feeds, miner.Feed{Name: "file:" + abs, Source: source.NewFile(abs), Every: c.Every})
	}
	if len(feeds) == 0 && cfg.Desk.Listen == "" {
		m.log.Warn("no source is configured: the miner serves what it has and collects nothing")
	}
	return feeds, nil
}

// OpsAddr is where the miner tells about itself.
func (m *Miner) OpsAddr() net.Addr { return m.ops.Addr() }

// Run joins the subnet, collects, and answers validators until ctx ends; what is
// in hand is finished first. Then everything is closed.
func (m *Miner) Run(ctx context.Context) error {
	defer m.closer.close()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return m.ops.Serve(ctx) })
	g.Go(func() error { return m.Miner.Run(ctx) })
	g.Go(func() error {
		return transport.Serve(ctx, m.axon, transport.ServerConfig{Metrics: m.metrics, Log: m.log, StopTimeout: 5 * time.Second}, m.handler)
	})
	g.Go(func() error { return m.labelling.serve(ctx) })
	g.Go(func() error { return m.join(ctx) })
	return g.Wait()
}

// join registers the hotkey and announces the axon. A chain that refuses for a
// reason that waiting does not mend is an error; one that is away is waited for.
func (m *Miner) join(ctx context.Context) error {
	steps := []struct {
		doing string
		do    func(context.Context) error
	}{
		{"register on the subnet", m.register},
		{"announce the axon", func(ctx context.Context) error {
			return m.client.ServeAxon(ctx, chain.Axon{IP: m.announce.Addr(), Port: m.announce.Port(), Protocol: 4, Version: 1})
		}},
	}
	for _, step := range steps {
		said := ""
		for {
			err := step.do(ctx)
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				return nil
			}
			err = Unfunded(m.chain, m.Account, err)
			var refused *chain.Error
			m.joined.because(fmt.Sprintf("%s: %v", step.doing, err))
			if errors.As(err, &refused) && !chain.IsTooSoon(err) && refused.Name != chain.ErrNameUnstated {
				return fmt.Errorf("%s: %w", step.doing, err)
			}
			if said != err.Error() { // the same reason every few seconds is noise
				said = err.Error()
				m.log.Warn("cannot "+step.doing+" yet", "err", err)
			}
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(5 * time.Second):
			}
		}
	}
	m.log.Info("serving", "axon", m.announce, "hotkey", m.Account.Hotkey)
	m.joined.set()
	return nil
}

// register makes the hotkey a neuron where it may be its own coldkey: on a devnet.
// Elsewhere a registration is paid by the coldkey, which is not here, so it is
// waited for.
func (m *Miner) register(ctx context.Context) error {
	_, registered, err := m.client.UID(ctx, m.Account.Hotkey)
	if err != nil || registered {
		return err
	}
	if m.chain.Devnet() {
		own, err := IsDevnet(ctx, m.client)
		if err != nil {
			return err
		}
		if own {
			return m.client.Register(ctx)
		}
	}
	return fmt.Errorf("hotkey %s is not registered on netuid %d; what its coldkey has to sign is printed by: assay register", m.Account.Hotkey, m.client.Netuid())
}

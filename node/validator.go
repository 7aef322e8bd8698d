package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/config"
	journal "github.com/assaynet/assay/evidence/log"
	"github.com/assaynet/assay/evidence/publish"
	"github.com/assaynet/assay/source"
	"github.com/assaynet/assay/transport"
	"github.com/assaynet/assay/validator"
	"github.com/assaynet/assay/wallet"
)

// Validator is an open validator with everything it stands on.
type Validator struct {
	*validator.Validator
	Account *wallet.Account
	Dir     string
	Ready   *Readiness

	ops     *Ops
	publish net.Listener // nil when the record is not published
	shown   *publish.Handler
	closer  closer
}

// ValidatorOptions are what a caller may hand in beside the settings.
type ValidatorOptions struct {
	OnRound func(validator.Summary)
}

// OpenValidator opens a validator: lock, key, rules, ops socket, chain, record. What
// was opened is closed again when a later step fails.
func OpenValidator(ctx context.Context, cfg *config.Validator, opt ValidatorOptions, log *slog.Logger) (_ *Validator, err error) {
	v := &Validator{Dir: cfg.Data.Dir}
	defer func() {
		if err != nil {
			v.closer.close()
		}
	}()
	lock, err := v.closer.lock(cfg.Data.Dir)
	if err != nil {
		return nil, err
	}
	if v.Account, err = loadKey(cfg.Data, log); err != nil {
		return nil, err
	}
	r, err := loadRules(cfg.Subnet)
	if err != nil {
		return nil, err
	}
	own, err := loadLabels(cfg, r, log)
	if err != nil {
		return nil, err
	}
	socket, err := ListenOps(cfg.Ops.Listen)
	if err != nil {
		return nil, err
	}
	registry := NewRegistry()
	v.Ready = NewReadiness(registry)
	v.ops = NewOps(socket, registry, v.Ready, nil)
	v.closer.add(socket.Close)
	v.closer.add(v.ops.Close)
	if err := v.listenPublish(cfg.Publish, log); err != nil {
		return nil, err
	}
	client, err := waiting{cfg.Chain, v.Account, chain.NewMetrics(registry), v.Ready, v.ops, log}.dial(ctx)
	if err != nil {
		return nil, err
	}
	v.closer.add(func() error { client.Close(); return nil })
	record, err := journal.Open(cfg.Data.Dir, journal.Held(lock))
	if err != nil {
		return nil, err
	}
	v.closer.add(record.Close)
	settings := validatorConfig(cfg, r)
	settings.Gold, settings.LabelItems = own.gold, own.items
	settings.Genesis, settings.OnRound, settings.Account = client.genesis, opt.OnRound, accountName(v.Account)
	settings.Unfunded = func(err error) error { return Unfunded(cfg.Chain, v.Account, err) }
	settings.MaxValidators = client.rules.MaxValidators
	asker := transport.NewDialer(transport.DialerConfig{
		AllowLoopback: cfg.Chain.Devnet(), Metrics: transport.NewMetrics(registry),
	})
	v.closer.add(asker.Close)
	fetcher := source.New(fetchConfig(cfg, log))
	v.closer.add(func() error { fetcher.Close(); return nil })
	v.Validator, err = validator.Open(settings, validator.Deps{
		Signer: v.Account.Signer(), Journal: record, Chain: client.Client, Ledger: client.Client, Booth: client.Client, Rules: client.Client,
		Asker: asker, Fetcher: fetcher,
		Log: log, Metrics: validator.NewMetrics(registry),
	})
	if err != nil {
		return nil, err
	}
	v.Ready.Add("rounds", v.rounds)
	v.Ready.Add("weights", v.weights)
	v.shown = publish.New(publish.Source{
		Validator: v.Account.Hotkey, Netuid: cfg.Chain.Netuid, Genesis: client.genesis, Record: record, Published: v.Published,
	})
	return v, nil
}

// listenPublish binds the address that the record is published on, if there is one.
func (v *Validator) listenPublish(address string, log *slog.Logger) (err error) {
	if address == "" {
		return nil
	}
	if v.publish, err = net.Listen("tcp", address); err != nil {
		return fmt.Errorf("listen on %s for the record: %w; choose another with --publish.listen, port 0 picks a free one", address, err)
	}
	v.closer.add(v.publish.Close)
	log.Info("the record is published up to the last vote that is revealed", "address", "http://"+v.publish.Addr().String())
	return nil
}

func validatorConfig(cfg *config.Validator, r rules) validator.Config {
	s := validator.DefaultSettings()
	s.RoundBlocks, s.AskBudget, s.FetchBudget = cfg.Subnet.RoundBlocks, cfg.Ask, cfg.Fetch
	return validator.Config{
		Settings: s, Software: Software(), Netuid: cfg.Chain.Netuid,
		SecretsPath: filepath.Join(cfg.Data.Dir, "secrets.seed"),
		Parameters:  r.params, Programs: r.texts,
	}
}

func fetchConfig(cfg *config.Validator, log *slog.Logger) source.Config {
	if len(cfg.Private) > 0 {
		log.Info("pages may be fetched from addresses that are not public", "fetch.allow", cfg.Private)
	}
	return source.Config{
		Guard: source.Guard{Allow: cfg.Private}, Rate: cfg.Rate, Burst: max(1, int(cfg.Rate)),
		Timeout: max(cfg.Fetch/2, time.Second), UserAgent: Software(),
		// A page must be seen as it is now, and what a round cannot fetch is
		// fetched again in the next, where it is counted.
		CacheBytes: -1, Tries: 1, MaxWait: cfg.Fetch,
	}
}

// rounds is the health check: rounds are being held, and something comes of them.
func (v *Validator) rounds() error {
	s := v.Status()
	if why := cmp.Or(s.Waiting, s.Trouble); why != "" {
		return errors.New(why)
	}
	return nil
}

// weights is the health check: weights reach the chain in time.
func (v *Validator) weights() error {
	if why := v.Status().Overdue; why != "" {
		return errors.New(why)
	}
	return nil
}

// PublishAddr is where the record is published; nil when it is not.
func (v *Validator) PublishAddr() net.Addr {
	if v.publish == nil {
		return nil
	}
	return v.publish.Addr()
}

// OpsAddr is where the validator tells about itself.
func (v *Validator) OpsAddr() net.Addr { return v.ops.Addr() }

// Run holds rounds and serves ops until ctx ends; the round in hand is finished
// first. Then everything is closed.
func (v *Validator) Run(ctx context.Context) error {
	defer v.closer.close()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return v.ops.Serve(ctx) })
	if v.publish != nil {
		g.Go(func() error { return publish.Serve(ctx, v.publish, v.shown) })
	}
	g.Go(func() error { return v.Validator.Run(ctx) })
	return g.Wait()
}

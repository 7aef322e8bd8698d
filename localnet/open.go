package localnet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/localnet/site"
	"github.com/assaynet/assay/miner"
	assay "github.com/assaynet/assay/node"
	"github.com/assaynet/assay/transport"
	"github.com/assaynet/assay/zoo"
)

func (r *Run) openSite(l net.Listener) (err error) {
	bound, _, err := r.world.writeProgram(r.dir)
	if err == nil {
		r.programs = append([]string{bound}, labelled()...)
		r.site, err = site.New(site.Defaults(r.world.Seed, r.world.Start))
	}
	if err != nil {
		_ = l.Close()
		return err
	}
	noise := r.site.Noise()
	fmt.Fprintf(r.talk, "site       http://%s — %d posts, %d of them already there; %.0f %% will vanish, %.0f %% of fetches fail\n",
		r.world.Site, noise.Posts, noise.Backlog, 100*noise.VanishShare, 100*noise.FailShare)
	server := &http.Server{Handler: r.site.Handler(), ReadHeaderTimeout: 5 * time.Second}
	r.ground.run("site", func(ctx context.Context) error {
		stop := context.AfterFunc(ctx, func() { _ = server.Close() })
		defer stop()
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	return nil
}

func (r *Run) openChain(ctx context.Context) (err error) {
	r.chain, err = assay.OpenDevnet(filepath.Join(r.dir, "chain"), "127.0.0.1:0", "127.0.0.1:0", r.world.genesis(r.cast), r.log.With("node", "chain"))
	if err != nil {
		return err
	}
	fmt.Fprintf(r.talk, "chain      http://%s — a block each %s, an epoch each %d blocks\n", r.chain.Addr(), r.world.BlockTime, r.world.Tempo)
	r.ground.run("chain", r.chain.Run)
	r.reader, err = chain.Dial(ctx, chain.Config{Endpoints: []string{r.chain.Endpoint()}, Netuid: netuid, Log: r.log}, nil)
	return err
}

// openValidators opens all validators, and the page on what the first one sees,
// before any of them runs.
func (r *Run) openValidators(ctx context.Context, page net.Listener) error {
	type opened struct {
		name string
		*assay.Validator
	}
	var all []opened
	for _, n := range r.cast {
		if n.role != roleValidator {
			continue
		}
		opt := assay.ValidatorOptions{}
		if r.first == nil {
			opt.OnRound = r.onRound
		}
		cfg := r.validatorConfig(n)
		if err := r.writeGold(n, cfg); err != nil {
			return fmt.Errorf("open %s: %w", n.profile, err)
		}
		v, err := assay.OpenValidator(ctx, cfg, opt, r.log.With("node", n.profile))
		if err != nil {
			return fmt.Errorf("open %s: %w", n.profile, err)
		}
		r.published = append(r.published, "http://"+v.PublishAddr().String())
		if r.first == nil {
			r.first = v
		}
		all = append(all, opened{n.profile, v})
	}
	r.openPage(page)
	for _, v := range all {
		r.validating.run(v.name, v.Run)
	}
	return nil
}

func named(name string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// roundShare of a round's time is for asking, and as much for fetching; what is
// left is for writing and folding.
const roundShare = 0.42

func (r *Run) validatorConfig(n node) *config.Validator {
	cfg := config.DefaultValidator()
	cfg.Chain.Netuid, cfg.Chain.Endpoints = netuid, []string{r.chain.Endpoint()}
	cfg.Data = config.Data{Dir: n.dir, Key: filepath.Join(n.dir, "hotkey")}
	cfg.Subnet = config.Subnet{RoundBlocks: roundBlocks, Programs: r.programs}
	budget := max(time.Duration(roundShare*roundBlocks*float64(r.world.BlockTime)), 150*time.Millisecond)
	cfg.Ask, cfg.Fetch = budget, budget
	cfg.Rate = 400
	cfg.Private = []netip.AddrPort{netip.MustParseAddrPort(r.world.Site)}
	cfg.Ops.Listen, cfg.Publish = "127.0.0.1:0", "127.0.0.1:0"
	return cfg
}

// openMiners opens those that are there from the start, and lets the others join
// at their block.
func (r *Run) openMiners(ctx context.Context) error {
	for _, n := range r.cast {
		if n.role != roleMiner {
			continue
		}
		if n.plays.Start == 0 {
			if err := r.openMiner(ctx, n); err != nil {
				return err
			}
			continue
		}
		r.mining.run(n.profile, func(context.Context) error {
			for block := uint64(0); block < n.plays.Start; {
				head, err := r.reader.NextHead(ctx, block)
				if err != nil {
					return nil // the run ended first
				}
				block = head.Number
			}
			return r.openMiner(ctx, n)
		})
	}
	return nil
}

func (r *Run) openMiner(ctx context.Context, n node) error {
	log := r.log.With("node", n.profile)
	m, err := assay.OpenMiner(ctx, r.minerConfig(n), r.minerOptions(n), log)
	if err != nil {
		return fmt.Errorf("open %s: %w", n.profile, err)
	}
	r.mu.Lock()
	r.miners[n.profile] = m
	r.mu.Unlock()
	r.mining.run(n.profile, m.Run)
	switch n.plays.Mind {
	case NoLabels:
		return nil
	case Person:
		fmt.Fprintf(r.talk, "desk       http://%s — label here, as the miner called you; the first tasks come about %s after you open it\n\n",
			m.DeskAddr(), invited*roundBlocks*r.world.BlockTime)
		return nil
	}
	return r.openLabeller(n, m, log)
}

func (r *Run) minerConfig(n node) *config.Miner {
	cfg := config.DefaultMiner()
	cfg.Chain.Netuid, cfg.Chain.Endpoints = netuid, []string{r.chain.Endpoint()}
	cfg.Data = config.Data{Dir: n.dir, Key: filepath.Join(n.dir, "hotkey")}
	cfg.Axon.IP, cfg.Axon.Port = netip.MustParseAddr("127.0.0.1"), 0
	cfg.Subnet = config.Subnet{RoundBlocks: roundBlocks, Programs: r.programs}
	switch n.plays.Mind {
	case NoLabels:
	case Person:
		cfg.Desk.Listen = r.cfg.Desk
	default:
		cfg.Desk.Listen, cfg.Desk.Take = "127.0.0.1:0", "always"
		cfg.Desk.Labellers = []string{r.labellerKey(n).Labeller()}
	}
	cfg.Collect.Rate, cfg.Collect.Every = max(n.plays.Rate, 1), passEvery
	cfg.Collect.Private = []netip.AddrPort{netip.MustParseAddrPort(r.world.Site)}
	for _, topic := range n.plays.Topics {
		cfg.Collect.Feeds = append(cfg.Collect.Feeds, r.base()+"/t/"+topic+"/feed.xml")
		cfg.Collect.Lists = append(cfg.Collect.Lists, r.base()+"/t/"+topic)
	}
	cfg.Collect.Links = "a.post"
	cfg.Ops.Listen = "127.0.0.1:0"
	return cfg
}

// invited is after how many rounds a miner that wanted no tasks is asked again.
const invited = 8

// passEvery is the pause between two passes over a source.
const passEvery = time.Second

func (r *Run) base() string { return "http://" + r.world.Site }

// minerOptions are what makes an adversary: another source, or a wrapper.
func (r *Run) minerOptions(n node) assay.MinerOptions {
	plays := func(conduct zoo.Conduct, hand func(pass int) (*zoo.Hand, error)) assay.MinerOptions {
		return assay.MinerOptions{Feeds: []miner.Feed{{Name: n.profile, Source: &player{conduct, hand}, Every: passEvery}}}
	}
	switch n.plays.Behaviour {
	case Fabricate:
		f := &forger{
			rng: rand.New(rand.NewPCG(r.world.Seed, 1)), base: r.base(), topics: r.site.Topics(), words: r.site.Words(), now: time.Now,
		}
		return plays(zoo.Fabricate(1), f.hand)
	case Copy:
		return plays(zoo.Copy(copiedAtOnce), func(int) (*zoo.Hand, error) {
			r.mu.Lock()
			rival := r.miners[copied]
			r.mu.Unlock()
			if rival == nil {
				return &zoo.Hand{}, nil
			}
			return onlooker(rival)
		})
	case Stall:
		stall := zoo.StallWire(r.mining.ctx, 0)
		return assay.MinerOptions{Wrap: func(h transport.Handler) transport.Handler { return stall(h) }}
	}
	return assay.MinerOptions{}
}

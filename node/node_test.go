package node_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/database"
	journal "github.com/assaynet/assay/evidence/log"
	"github.com/assaynet/assay/localnet/site"
	"github.com/assaynet/assay/node"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/protocol"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// subnet is a devnet, a validator and a miner, opened from settings as the
// commands do, over a real site.
type subnet struct {
	t                *testing.T
	dir, program     string
	site             *httptest.Server
	chain            string // host:port
	validator, miner *protocol.Key
}

func newSubnet(t *testing.T) *subnet {
	t.Helper()
	forum, err := site.New(site.Defaults(5, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	s := &subnet{t: t, dir: t.TempDir(), site: httptest.NewServer(forum.Handler())}
	t.Cleanup(s.site.Close)
	s.validator, s.miner = s.key("validator"), s.key("miner")
	s.program = s.bind()
	s.chain = freeAddress(t)
	return s
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (s *subnet) key(name string) *protocol.Key {
	s.t.Helper()
	k := protocol.DeriveKey([]byte(name))
	if err := os.MkdirAll(filepath.Join(s.dir, name), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, name, "hotkey"), []byte(k.Hex()), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return k
}

func (s *subnet) host() string {
	u, err := url.Parse(s.site.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	return u.Host
}

func (s *subnet) bind() string {
	s.t.Helper()
	text, err := programs.Files.ReadFile("forum.yaml")
	if err != nil {
		s.t.Fatal(err)
	}
	p, err := program.Decode(text)
	if err != nil {
		s.t.Fatal(err)
	}
	if text, err = p.Bind("forum", s.host()); err != nil {
		s.t.Fatal(err)
	}
	path := filepath.Join(s.dir, "forum.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

func (s *subnet) openDevnet() *node.Devnet {
	s.t.Helper()
	cfg := config.DefaultDevnet()
	cfg.Pace.Tempo, cfg.Pace.BlockTime = 8, 250*time.Millisecond
	cfg.Validators = []string{s.validator.Address().Hex() + "=1000"}
	cfg.Fund = []string{s.miner.Address().Hex()}
	genesis, err := node.DevnetGenesis(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	d, err := node.OpenDevnet(filepath.Join(s.dir, "chain"), s.chain, "127.0.0.1:0", genesis, quiet())
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// runDevnet runs the chain until the test ends; so does the context.
func (s *subnet) runDevnet() context.Context {
	s.t.Helper()
	d := s.openDevnet()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	s.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
	})
	return ctx
}

func (s *subnet) validatorConfig() *config.Validator {
	cfg := config.DefaultValidator()
	cfg.Chain.Endpoints = []string{"ws://" + s.chain}
	cfg.Data = config.Data{Dir: filepath.Join(s.dir, "validator"), Key: filepath.Join(s.dir, "validator", "hotkey")}
	cfg.Subnet = config.Subnet{RoundBlocks: 2, Programs: []string{s.program}}
	cfg.Ask, cfg.Fetch, cfg.Rate = 2*time.Second, 2*time.Second, 200
	cfg.Private = []netip.AddrPort{netip.MustParseAddrPort(s.host())}
	cfg.Ops.Listen = "127.0.0.1:0"
	return cfg
}

func (s *subnet) minerConfig() *config.Miner {
	cfg := config.DefaultMiner()
	cfg.Chain.Endpoints = []string{"ws://" + s.chain}
	cfg.Data = config.Data{Dir: filepath.Join(s.dir, "miner"), Key: filepath.Join(s.dir, "miner", "hotkey")}
	cfg.Axon.IP, cfg.Axon.Port = netip.MustParseAddr("127.0.0.1"), 0
	cfg.Subnet = config.Subnet{RoundBlocks: 2, Programs: []string{s.program}}
	cfg.Collect.Feeds = []string{s.site.URL + "/t/fork/feed.xml"}
	cfg.Collect.Rate, cfg.Collect.Every = 100, time.Second
	cfg.Collect.Private = []netip.AddrPort{netip.MustParseAddrPort(s.host())}
	cfg.Ops.Listen = "127.0.0.1:0"
	return cfg
}

// until looks every few milliseconds until what is awaited has come.
func until(t *testing.T, what string, come func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(60 * time.Second)
	for !come() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func readiness(t *testing.T, at net.Addr) (int, string) {
	t.Helper()
	resp, err := http.Get(fmt.Sprintf("http://%s/readyz", at))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b strings.Builder
	if _, err := fmt.Fprint(&b, resp.Status); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, b.String()
}

// Three roles opened from settings form a subnet; the chain goes away and comes
// back, and all go on.
func TestRolesFormASubnetAndOutliveTheChain(t *testing.T) {
	s := newSubnet(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var g errgroup.Group
	d := s.openDevnet()
	chainCtx, stopChain := context.WithCancel(ctx)
	defer stopChain()
	ended := make(chan error, 1)
	go func() { ended <- d.Run(chainCtx) }()

	v, err := node.OpenValidator(ctx, s.validatorConfig(), node.ValidatorOptions{}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	g.Go(func() error { return v.Run(ctx) })
	m, err := node.OpenMiner(ctx, s.minerConfig(), node.MinerOptions{}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	g.Go(func() error { return m.Run(ctx) })
	until(t, "a vote", func() bool { return v.Status().LastVoteBlock > 0 })
	if code, text := readiness(t, v.OpsAddr()); code != http.StatusOK {
		t.Errorf("the validator says %s", text)
	}
	if code, text := readiness(t, m.OpsAddr()); code != http.StatusOK {
		t.Errorf("the miner says %s", text)
	}

	stopChain()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	until(t, "the validator to notice", func() bool {
		code, _ := readiness(t, v.OpsAddr())
		return code == http.StatusServiceUnavailable
	})
	before := v.Status().LastVoteBlock
	d = s.openDevnet()
	g.Go(func() error { return d.Run(ctx) })
	until(t, "a vote after the chain came back", func() bool { return v.Status().LastVoteBlock > before })
	stop()
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}

func TestOpeningFailsWithTheCause(t *testing.T) {
	s := newSubnet(t)
	ctx := s.runDevnet()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	inUse := filepath.Join(s.dir, "in use")
	held, err := journal.Open(inUse)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	for name, c := range map[string]struct {
		change func(*config.Validator)
		want   string
	}{
		"folder in use":   {func(c *config.Validator) { c.Data.Dir = inUse }, "process"},
		"ops port taken":  {func(c *config.Validator) { c.Ops.Listen = taken.Addr().String() }, "--ops.listen"},
		"no key":          {func(c *config.Validator) { c.Data.Key += "-none" }, "--key.create"},
		"no chain":        {func(c *config.Validator) { c.Chain.Endpoints = []string{"ws://" + freeAddress(t)} }, "connect to the chain"},
		"no program":      {func(c *config.Validator) { c.Subnet.Programs = []string{"/nowhere.yaml"} }, "/nowhere.yaml"},
		"program twice":   {func(c *config.Validator) { c.Subnet.Programs = append(c.Subnet.Programs, s.program) }, "already"},
		"bad parameters":  {func(c *config.Validator) { c.Subnet.Parameters = s.program }, "parameter"},
		"no data folder?": {func(c *config.Validator) { c.Data.Dir = s.program }, "forum.yaml"},
	} {
		cfg := s.validatorConfig()
		c.change(cfg)
		dial, cancel := context.WithTimeout(ctx, 5*time.Second)
		_, err := node.OpenValidator(dial, cfg, node.ValidatorOptions{}, quiet())
		cancel()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
		if name == "folder in use" && !errors.Is(err, journal.ErrLocked) {
			t.Errorf("%s: error %v is not ErrLocked", name, err)
		}
	}
	cfg := s.minerConfig()
	cfg.Axon.IP = netip.IPv6Unspecified()
	if _, err := node.OpenMiner(ctx, cfg, node.MinerOptions{}, quiet()); err == nil || !strings.Contains(err.Error(), "--axon.external_ip") {
		t.Errorf("an axon without an address to announce: error %v", err)
	}
}

// A second process on a folder hears that and nothing else, whatever else would
// stop it: there is no key, no chain and no free port.
func TestTheFolderIsLockedFirst(t *testing.T) {
	s := newSubnet(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	v, m := s.validatorConfig(), s.minerConfig()
	v.Ops.Listen, m.Ops.Listen = taken.Addr().String(), taken.Addr().String()
	for _, data := range []*config.Data{&v.Data, &m.Data} {
		data.Dir, data.KeyCreate = filepath.Join(s.dir, filepath.Base(data.Dir)+"-new"), true
		data.Key = filepath.Join(data.Dir, "hotkey")
	}
	open := map[string]func() error{
		v.Data.Dir: func() error {
			_, err := node.OpenValidator(t.Context(), v, node.ValidatorOptions{}, quiet())
			return err
		},
		m.Data.Dir: func() error {
			_, err := node.OpenMiner(t.Context(), m, node.MinerOptions{}, quiet())
			return err
		},
	}
	for dir, open := range open {
		lock, err := database.Lock(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := open(); !errors.Is(err, database.ErrLocked) {
			t.Errorf("%s: error %v, want that of the lock", dir, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "hotkey")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: a key was made in a folder that is in use (%v)", dir, err)
		}
		if err := lock.Unlock(); err != nil {
			t.Fatal(err)
		}
		if err := open(); err == nil || !strings.Contains(err.Error(), "--ops.listen") {
			t.Errorf("%s: error %v, want that of the port", dir, err)
		}
		if lock, err = database.Lock(dir); err != nil {
			t.Errorf("%s: the folder stays locked: %v", dir, err)
		} else if err := lock.Unlock(); err != nil {
			t.Fatal(err)
		}
	}
}

// A miner without TAO says which account needs some, and how to give it some here.
func TestMinerWithoutFunds(t *testing.T) {
	s := newSubnet(t)
	funded := s.miner
	s.miner = s.key("other") // whom the devnet funds
	ctx := s.runDevnet()
	m, err := node.OpenMiner(ctx, s.minerConfig(), node.MinerOptions{}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	err = m.Run(ctx)
	address := funded.Address().Hex()
	for _, want := range []string{
		`fund it with: curl -s -H 'Content-Type: application/json' -d '{"jsonrpc":"2.0","id":1,"method":"dev_fund","params":["` + address + `",1000000000000]}' http://` + s.chain,
		"in a new chain: assay devnet --fund " + address,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
	var refused *chain.Error
	if !errors.As(err, &refused) {
		t.Errorf("error %v is not the chain's", err)
	}
}

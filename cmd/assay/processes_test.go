package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/localnet/site"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/protocol"
)

// defaultOutage is how long the chain is dead in TestSubnetOfProcesses unless
// OUTAGE says otherwise.
const defaultOutage = 5 * time.Second

// TestSubnetOfProcesses runs a chain, two validators and four miners as seven
// processes, kills the chain without warning in the middle, and starts it again:
// nothing is lost and every node goes on by itself.
func TestSubnetOfProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("starts seven processes for about a minute")
	}
	s := newProcesses(t)
	ledger := s.startChain()
	for i, v := range s.validators {
		s.start(fmt.Sprintf("validator-%d", i+1), "validator", v, "--fetch.rate", "200", "--ask.budget", "600ms", "--fetch.budget", "600ms")
	}
	for i, m := range s.miners {
		topic := s.base() + "/t/" + s.topics[i%len(s.topics)]
		s.start(fmt.Sprintf("miner-%d", i+1), "miner", m, "--axon.ip", "127.0.0.1", "--axon.port", "0", "--source.list", topic,
			"--source.feed", topic+"/feed.xml", "--source.links", "a.post", "--source.rate", "100", "--source.every", "1s")
	}
	s.until("all miners are paid and both validators have voted", func(m *chain.Metagraph) string { return s.working(m, 0) })

	before := s.metagraph()
	ledger.kill(t)
	s.pass(outage(t))
	s.alive()
	s.startChain()
	s.until("both validators vote and all miners are paid again", func(m *chain.Metagraph) string {
		if m.Block < before.Block {
			t.Fatalf("the chain came back at block %d, it was at %d", m.Block, before.Block)
		}
		return s.working(m, before.Block+s.tempo)
	})
	after := s.metagraph()
	for _, n := range before.Neurons {
		if got, ok := after.ByUID(n.UID); !ok || got.Hotkey != n.Hotkey || got.RegisteredAt != n.RegisteredAt || got.Axon != n.Axon {
			t.Errorf("uid %d is %+v after the outage, was %+v", n.UID, got, n)
		}
	}
	s.shown(after)
	s.stop()
	for i := range s.validators {
		out, err := exec.Command(s.binary, "lab", "replay", filepath.Join(s.dir, fmt.Sprintf("validator-%d", i+1))).CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("mismatches=0")) {
			t.Errorf("the record of validator %d: %v\n%s", i+1, err, out)
		}
	}
}

func outage(t *testing.T) time.Duration {
	given := os.Getenv("OUTAGE")
	if given == "" {
		return defaultOutage
	}
	d, err := time.ParseDuration(given)
	if err != nil {
		t.Fatalf("OUTAGE: %v", err)
	}
	return d
}

// processes is a subnet whose nodes are processes of the built command.
type processes struct {
	t                  *testing.T
	dir, binary, rules string
	chain              string // host:port
	tempo              uint64
	site               *httptest.Server
	topics             []string
	validators, miners []*protocol.Key
	running            map[string]*process
}

func newProcesses(t *testing.T) *processes {
	t.Helper()
	forum, err := site.New(site.Defaults(11, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	s := &processes{t: t, dir: t.TempDir(), tempo: 12, topics: forum.Topics(), site: httptest.NewServer(forum.Handler()), running: map[string]*process{}}
	t.Cleanup(s.site.Close)
	s.binary = filepath.Join(s.dir, "assay")
	if out, err := exec.Command("go", "build", "-o", s.binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	for i := range 2 {
		s.validators = append(s.validators, protocol.DeriveKey(fmt.Appendf(nil, "process validator %d", i)))
	}
	for i := range 4 {
		s.miners = append(s.miners, protocol.DeriveKey(fmt.Appendf(nil, "process miner %d", i)))
	}
	s.chain, s.rules = freePort(t), s.bind()
	return s
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (s *processes) base() string { return s.site.URL }

func (s *processes) host() string {
	u, err := url.Parse(s.site.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	return u.Host
}

// bind writes the forum program for the site of this run.
func (s *processes) bind() string {
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

// process is one running command. What it says is kept for a failing test.
type process struct {
	name string
	cmd  *exec.Cmd
	said *bytes.Buffer
	done chan error
	over bool
}

func (s *processes) run(name string, args ...string) *process {
	s.t.Helper()
	p := &process{name: name, cmd: exec.Command(s.binary, args...), said: new(bytes.Buffer), done: make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	if err := p.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	s.running[name] = p
	s.t.Cleanup(func() {
		if !p.over {
			_ = p.cmd.Process.Kill()
			<-p.done
		}
		if s.t.Failed() {
			s.t.Logf("%s said:\n%s", name, last(p.said.String(), 4000))
		}
	})
	return p
}

func last(text string, n int) string { return text[max(0, len(text)-n):] }

// kill ends the process as a power cut would.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.done
	p.over = true
}

func (s *processes) startChain() *process {
	args := []string{"devnet", "--listen", s.chain, "--dir", filepath.Join(s.dir, "chain"), "--tempo", fmt.Sprint(s.tempo),
		"--block-time", "500ms", "--ops.listen", "127.0.0.1:0"}
	for i, v := range s.validators {
		args = append(args, "--validator", fmt.Sprintf("%s=%d", v.Address().Hex(), 3000-500*i))
	}
	for _, m := range s.miners {
		args = append(args, "--fund", m.Address().Hex())
	}
	return s.run("chain", args...)
}

// start runs a miner or a validator with a key file of its own.
func (s *processes) start(name, role string, key *protocol.Key, more ...string) {
	s.t.Helper()
	dir := filepath.Join(s.dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "hotkey"), []byte(key.Hex()), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.run(name, append([]string{role, "--dir", dir, "--subtensor.network", "devnet", "--subtensor.chain_endpoint", "ws://" + s.chain,
		"--program", s.rules, "--round.blocks", "3", "--fetch.allow", s.host(), "--ops.listen", "127.0.0.1:0"}, more...)...)
}

// metagraph reads the subnet with a client of the test's own.
func (s *processes) metagraph() *chain.Metagraph {
	s.t.Helper()
	m, err := s.read()
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

func (s *processes) read() (*chain.Metagraph, error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	c, err := chain.Dial(ctx, chain.Config{Endpoints: []string{"ws://" + s.chain}, Netuid: 1}, nil)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	head, err := c.Head(ctx)
	if err != nil {
		return nil, err
	}
	return c.Metagraph(ctx, head)
}

// shown compares what "assay metagraph" and "assay weights status" print with the
// chain.
func (s *processes) shown(m *chain.Metagraph) {
	s.t.Helper()
	var table struct {
		Neurons []struct {
			UID    uint16
			Hotkey protocol.Hotkey
			Axon   string
		}
	}
	s.ask(&table, "metagraph", "--json")
	if len(table.Neurons) != len(m.Neurons) {
		s.t.Fatalf("assay metagraph shows %d neurons of %d", len(table.Neurons), len(m.Neurons))
	}
	for i, n := range m.Neurons {
		if got := table.Neurons[i]; got.UID != n.UID || got.Hotkey != n.Hotkey || (got.Axon != "") != n.Axon.Serving() {
			s.t.Errorf("assay metagraph shows %+v, the chain has %+v", got, n)
		}
	}
	var status struct {
		Registered, Record bool
		Overdue            uint64 `json:"overdue_blocks"`
	}
	s.ask(&status, "weights", "status", "--json", "--dir", filepath.Join(s.dir, "validator-1"))
	if !status.Registered || !status.Record || status.Overdue > 0 {
		s.t.Errorf("assay weights status shows %+v", status)
	}
}

// ask runs a command that prints JSON about the subnet.
func (s *processes) ask(out any, args ...string) {
	s.t.Helper()
	cmd := exec.Command(s.binary, append(args, "--subtensor.network", "devnet", "--subtensor.chain_endpoint", "ws://"+s.chain)...)
	text, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(text, out)
	}
	if err != nil {
		s.t.Fatalf("%v: %v\n%s", args, err, text)
	}
}

// working says what is missing until each validator has voted after a block and
// each miner is paid; empty when nothing is.
func (s *processes) working(m *chain.Metagraph, after uint64) string {
	for i, v := range s.validators {
		if n, ok := m.ByHotkey(v.Hotkey()); !ok || n.LastUpdate <= after || n.Dividends == 0 {
			return fmt.Sprintf("validator %d was last updated in block %d of %d, dividends %d", i+1, n.LastUpdate, m.Block, n.Dividends)
		}
	}
	for i, k := range s.miners {
		if n, ok := m.ByHotkey(k.Hotkey()); !ok || n.Incentive == 0 {
			return fmt.Sprintf("miner %d has no incentive in block %d", i+1, m.Block)
		}
	}
	return ""
}

// patience bounds each wait of the test; machines are slow at times.
const patience = 3 * time.Minute

func (s *processes) until(what string, missing func(*chain.Metagraph) string) {
	s.t.Helper()
	deadline, tick := time.After(patience), time.NewTicker(500*time.Millisecond)
	defer tick.Stop()
	why := "the chain does not answer"
	for {
		if m, err := s.read(); err == nil {
			if why = missing(m); why == "" {
				return
			}
		}
		s.alive()
		select {
		case <-deadline:
			s.t.Fatalf("waited %s until %s: %s", patience, what, why)
		case <-tick.C:
		}
	}
}

// pass lets time go by. It is the outage itself that the test is about.
func (s *processes) pass(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	<-timer.C
}

// alive fails the test when a process has ended by itself.
func (s *processes) alive() {
	s.t.Helper()
	for _, p := range s.running {
		if p.over {
			continue
		}
		select {
		case err := <-p.done:
			p.over = true
			s.t.Fatalf("%s ended by itself: %v", p.name, err)
		default:
		}
	}
}

// stop ends all nodes as Ctrl-C would, the chain last; each must end in order.
func (s *processes) stop() {
	s.t.Helper()
	order := []string{}
	for name := range s.running {
		if name != "chain" {
			order = append(order, name)
		}
	}
	for _, name := range append(order, "chain") {
		p := s.running[name]
		if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
			s.t.Fatal(err)
		}
		select {
		case err := <-p.done:
			p.over = true
			if err != nil {
				s.t.Errorf("%s ended with %v after SIGINT", name, err)
			}
		case <-time.After(time.Minute):
			s.t.Fatalf("%s did not end within a minute of SIGINT", name)
		}
	}
}

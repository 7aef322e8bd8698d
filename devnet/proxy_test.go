package devnet

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assaynet/assay/chain"
)

// cutter is a TCP proxy that hangs up when a chosen request passes.
type cutter struct {
	t      *testing.T
	target string
	l      net.Listener
	mu     sync.Mutex
	rules  []cutRule
	conns  map[net.Conn]bool
	cuts   int
	deaf   bool
}

// cutRule cuts the connection on a request that contains text: before the server
// sees it, or after the server has answered and before the client hears.
type cutRule struct {
	text   string
	before bool
}

func newCutter(t *testing.T, url string) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &cutter{t: t, target: url[len("ws://"):], l: l, conns: make(map[net.Conn]bool)}
	go p.accept()
	t.Cleanup(func() { l.Close(); p.cutAll() })
	return p
}

func (p *cutter) url() string { return "ws://" + p.l.Addr().String() }

// cut arms a rule, which fires once.
func (p *cutter) cut(text string, before bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = append(p.rules, cutRule{text, before})
}

func (p *cutter) fired() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cuts
}

// swallow loses what the server says from now on, or no more.
func (p *cutter) swallow(all bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deaf = all
}

func (p *cutter) swallows() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.deaf
}

func (p *cutter) cutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
}

// match takes the first armed rule that fits the bytes.
func (p *cutter) match(b []byte) (cutRule, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, r := range p.rules {
		if bytes.Contains(b, []byte(r.text)) {
			p.rules = append(p.rules[:i:i], p.rules[i+1:]...)
			p.cuts++
			return r, true
		}
	}
	return cutRule{}, false
}

func (p *cutter) accept() {
	for {
		client, err := p.l.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns[client], p.conns[server] = true, true
		p.mu.Unlock()
		mute, answered := make(chan struct{}), make(chan struct{})
		go p.requests(client, server, mute, answered)
		go p.replies(client, server, mute, answered)
	}
}

// requests forwards what the client sends: the request that opens the WebSocket,
// then frame by frame, each looked at without its mask.
func (p *cutter) requests(client, server net.Conn, mute, answered chan struct{}) {
	defer client.Close()
	defer server.Close()
	in := bufio.NewReader(client)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		if _, err := server.Write(line); err != nil {
			return
		}
		if len(bytes.TrimSpace(line)) == 0 {
			break
		}
	}
	for {
		frame, payload, err := readFrame(in)
		if err != nil {
			return
		}
		if r, ok := p.match(payload); ok {
			if !r.before {
				close(mute)
				server.Write(frame)
				<-answered
			}
			return
		}
		if _, err := server.Write(frame); err != nil {
			return
		}
	}
}

// replies forwards what the server sends. Once muted it waits for an answer, which
// has an id where a pushed block has none, and loses it.
func (p *cutter) replies(client, server net.Conn, mute, answered chan struct{}) {
	defer close(answered)
	defer client.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		if p.swallows() {
			continue
		}
		select {
		case <-mute:
			if bytes.Contains(buf[:n], []byte(`"id"`)) {
				return
			}
			continue
		default:
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}

// readFrame reads one masked WebSocket frame, and its payload without the mask.
func readFrame(in *bufio.Reader) (frame, payload []byte, err error) {
	take := func(n int) []byte {
		if err != nil {
			return nil
		}
		b := make([]byte, n)
		_, err = io.ReadFull(in, b)
		frame = append(frame, b...)
		return b
	}
	head := take(2)
	if err != nil {
		return nil, nil, err
	}
	size := int(head[1] & 0x7f)
	switch size {
	case 126:
		if b := take(2); b != nil {
			size = int(binary.BigEndian.Uint16(b))
		}
	case 127:
		if b := take(8); b != nil {
			size = int(binary.BigEndian.Uint64(b))
		}
	}
	mask := take(4)
	payload = bytes.Clone(take(size))
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return frame, payload, err
}

// A read that is cut off is asked again on a new connection.
func TestReadIsRetried(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	proxy := newCutter(t, net.url)
	c := dialURL(t, proxy.url(), nil)
	head := net.step(1)
	for i, text := range []string{"chain_getFinalizedHead", "chain_getHeader", "get_selective_metagraph", "hyperparams_v3"} {
		proxy.cut(text, i%2 == 0)
	}
	h, err := c.Head(t.Context())
	if err != nil || h != head {
		t.Fatalf("head %+v, %v; want %+v", h, err, head)
	}
	if _, err := c.Metagraph(t.Context(), h); err != nil {
		t.Error(err)
	}
	if _, err := c.Hyperparams(t.Context()); err != nil {
		t.Error(err)
	}
	if proxy.fired() != 4 {
		t.Errorf("%d of 4 cuts were made", proxy.fired())
	}
}

// Wherever the connection breaks, a transaction lands exactly once.
func TestWriteLandsOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		text   string
		before bool
	}{
		"before it is sent":             {"eth_sendRawTransaction", true},
		"after it was taken":            {"eth_sendRawTransaction", false},
		"when the nonce is read":        {"eth_getTransactionCount", true},
		"when the receipt is asked for": {"eth_getTransactionReceipt", false},
	} {
		t.Run(name, func(t *testing.T) {
			net := open(t, t.TempDir(), smallGenesis(2, 2))
			net.run()
			proxy := newCutter(t, net.url)
			c := dialURL(t, proxy.url(), key(0))
			proxy.cut(tc.text, tc.before)
			vote := weightsFor(1)
			landing, err := c.SetWeights(t.Context(), vote)
			if err != nil {
				t.Fatal(err)
			}
			if proxy.fired() != 1 {
				t.Error("the connection was not cut")
			}
			if _, err := c.NextHead(t.Context(), landing.Block+3); err != nil {
				t.Fatal(err)
			}
			st := newState(net.tip().state)
			if nonce := st.account(key(0).Hotkey()).Nonce; nonce != 1 || st.neuron(0).LastUpdate != landing.Block {
				t.Errorf("nonce %d, last update %d; landed in %d", nonce, st.neuron(0).LastUpdate, landing.Block)
			}
		})
	}
}

// A hidden vote, too: wherever the connection breaks, the commit lands once and so
// does the reveal.
func TestProxyCommitAndRevealLandOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		text   string
		before bool
	}{
		"before it is sent":                  {"eth_sendRawTransaction", true},
		"after it was taken":                 {"eth_sendRawTransaction", false},
		"when the receipt is asked for":      {"eth_getTransactionReceipt", false},
		"when what is stored is read back":   {"state_getStorage", true},
		"when the call is tried beforehand":  {"eth_call", false},
		"when the newest head is asked for":  {"chain_getFinalizedHead", true},
		"when the gas is estimated, unheard": {"eth_estimateGas", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := commitGenesis(2, 2)
			g.Tempo = 100 // the window has to outlast a pause between two attempts
			net := open(t, t.TempDir(), g)
			net.run()
			proxy := newCutter(t, net.url)
			c := dialURL(t, proxy.url(), key(0))
			vote, salt := weightsFor(1), []uint16{1, 2, 3}
			hash := chain.CommitHash(key(0).Hotkey(), 1, vote, salt)
			proxy.cut(tc.text, tc.before)
			committed, err := c.CommitWeights(t.Context(), hash)
			if err != nil {
				t.Fatal(err)
			}
			held, err := c.Commits(t.Context(), key(0).Hotkey())
			if err != nil || len(held) != 1 || held[0].Hash != hash || held[0].Block != committed.Block {
				t.Fatalf("commits %+v, %v; landed in %d", held, err, committed.Block)
			}
			untilEpoch(t, c, held[0].Epoch+1)
			proxy.cut(tc.text, tc.before)
			revealed, err := c.RevealWeights(t.Context(), vote, salt)
			if err != nil {
				t.Fatal(err)
			}
			if proxy.fired() != 2 {
				t.Errorf("%d of 2 cuts were made", proxy.fired())
			}
			if _, err := c.NextHead(t.Context(), revealed.Block+3); err != nil {
				t.Fatal(err)
			}
			st := newState(net.tip().state)
			if nonce := st.account(key(0).Hotkey()).Nonce; nonce != 2 || len(st.commits(key(0).Hotkey())) != 0 {
				t.Errorf("nonce %d, %d commits left", nonce, len(st.commits(key(0).Hotkey())))
			}
		})
	}
}

// untilEpoch waits until the subnet's epoch index is that.
func untilEpoch(t *testing.T, c *chain.Client, index uint64) {
	t.Helper()
	for after := uint64(0); ; {
		h, err := c.NextHead(t.Context(), after)
		if err != nil {
			t.Fatal(err)
		}
		clock, err := c.Epoch(t.Context(), h)
		if err != nil {
			t.Fatal(err)
		}
		if clock.Index >= index {
			return
		}
		after = h.Number
	}
}

// A connection over which nothing comes is found dead while nobody uses it, and
// made anew when something does.
func TestProxyPing(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	proxy := newCutter(t, net.url)
	c := dialWith(t, nil, func(cfg *chain.Config) { cfg.Ping = 50 * time.Millisecond }, proxy.url())
	proxy.swallow(true)
	eventually(t, "the silence to be noticed", func() bool { return c.Connected() != nil })
	if err := c.Connected(); !strings.Contains(err.Error(), "ping") && !strings.Contains(err.Error(), "dial") {
		t.Errorf("connected: %v", err)
	}
	proxy.swallow(false)
	eventually(t, "a new connection", func() bool { return c.Connected() == nil })
	proxy.cutAll()
	eventually(t, "another one", func() bool { return c.Connected() == nil })
	if h, err := c.Head(t.Context()); err != nil || h != net.Head() {
		t.Errorf("head %+v, %v", h, err)
	}
}

// NextHead outlives a lost connection.
func TestNextHeadSurvives(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	proxy := newCutter(t, net.url)
	c := dialURL(t, proxy.url(), nil)
	for i := range uint64(3) {
		got := make(chan error, 1)
		go func() {
			h, err := c.NextHead(t.Context(), i)
			if err == nil && h.Number != i+1 {
				t.Errorf("head %d, want %d", h.Number, i+1)
			}
			got <- err
		}()
		proxy.cutAll()
		net.step(1)
		if err := <-got; err != nil {
			t.Fatal(err)
		}
	}
}

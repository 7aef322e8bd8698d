package devnet

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
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
		mute := make(chan struct{})
		go p.requests(client, server, mute)
		go p.replies(client, server, mute)
	}
}

// requests forwards what the client sends. WebSocket masks it, so it is unmasked
// to look for the rule; the masking key is part of each frame.
func (p *cutter) requests(client, server net.Conn, mute chan struct{}) {
	defer client.Close()
	defer server.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if r, ok := p.match(unmask(buf[:n])); ok {
			if !r.before {
				close(mute)
				server.Write(buf[:n])
				io.ReadAtLeast(server, make([]byte, 64<<10), 1) // the answer, which is lost
			}
			return
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (p *cutter) replies(client, server net.Conn, mute chan struct{}) {
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			client.Close()
			return
		}
		select {
		case <-mute:
			server.Close() // what was read is the lost answer
			return
		default:
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}

// unmask returns the payload of a masked WebSocket frame, or the bytes as they are
// when they do not look like one.
func unmask(b []byte) []byte {
	if len(b) < 6 || b[0] != 0x81 || b[1]&0x80 == 0 {
		return b
	}
	at := 2
	switch b[1] & 0x7f {
	case 126:
		at += 2
	case 127:
		at += 8
	}
	if len(b) < at+4 {
		return b
	}
	mask, out := b[at:at+4], bytes.Clone(b[at+4:])
	for i := range out {
		out[i] ^= mask[i%4]
	}
	return out
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

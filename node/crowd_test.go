//go:build unix

package node_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/devnet"
	"github.com/assaynet/assay/localnet/site"
	"github.com/assaynet/assay/miner"
	"github.com/assaynet/assay/node"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/source"
	"github.com/assaynet/assay/transport"
)

// A full subnet in one process, for a validator in another one.
const (
	crowdMiners    = 256
	crowdItems     = 100 // of each miner
	crowdRound     = 40  // blocks
	crowdBlock     = 250 * time.Millisecond
	crowdValidator = "the validator of a crowd"
	crowdDir       = "ASSAY_TEST_CROWD" // environment: be the crowd, in this folder
)

// TestMain lets the test binary be the crowd.
func TestMain(m *testing.M) {
	dir := os.Getenv(crowdDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // until the other process ends
		stop()
	}()
	if err := runCrowd(ctx, dir); err != nil {
		fmt.Fprintln(os.Stderr, "crowd:", err)
		os.Exit(1)
	}
}

// pages is the address of the pages, which a fetcher has to be allowed.
func (c crowd) pages(b *testing.B) []netip.AddrPort {
	b.Helper()
	at, err := netip.ParseAddrPort(c.Pages)
	if err != nil {
		b.Fatal(err)
	}
	return []netip.AddrPort{at}
}

func writeKey(b *testing.B, path string, k *protocol.Key) {
	b.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(k.Hex()), 0o600); err != nil {
		b.Fatal(err)
	}
}

func runCrowd(ctx context.Context, dir string) error {
	g, ctx := errgroup.WithContext(ctx)
	at, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	pages, err := openBook(at.Addr().String())
	if err != nil {
		return err
	}
	server := &http.Server{Handler: pages}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	g.Go(func() error { _ = server.Serve(at); return nil })

	text, p, err := bound(at.Addr().String())
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "program.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return err
	}
	keys := make([]*protocol.Key, crowdMiners)
	for i := range keys {
		keys[i] = protocol.DeriveKey([]byte("miner " + strconv.Itoa(i)))
	}
	d, err := node.OpenDevnet(filepath.Join(dir, "chain"), "127.0.0.1:0", "127.0.0.1:0", crowdGenesis(keys), quiet())
	if err != nil {
		return err
	}
	g.Go(func() error { return d.Run(ctx) })
	client, err := chain.Dial(ctx, chain.Config{Endpoints: []string{d.Endpoint()}, Netuid: 1}, nil)
	if err != nil {
		return err
	}
	defer client.Close()
	view := &sharedView{Client: client}
	var opening errgroup.Group
	opening.SetLimit(64)
	for i, k := range keys {
		opening.Go(func() error {
			feed := miner.Feed{Name: "pages", Source: shelf{pages, i * crowdItems}, Every: time.Hour}
			m, err := miner.Open(miner.Config{Dir: filepath.Join(dir, "miners", strconv.Itoa(i)), Netuid: 1, RoundBlocks: crowdRound, Feeds: []miner.Feed{feed}}, k, []*program.Program{p}, view, nil)
			if err != nil {
				return err
			}
			axon, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			g.Go(func() error { return m.Run(ctx) })
			g.Go(func() error { return transport.Serve(ctx, axon, transport.ServerConfig{}, m.Handle) })
			return announce(ctx, d.Endpoint(), k, axon.Addr())
		})
	}
	if err := opening.Wait(); err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(crowd{Chain: d.Endpoint(), Pages: at.Addr().String(), Program: path}); err != nil {
		return err
	}
	return g.Wait()
}

// crowdGenesis registers everyone in the first block.
func crowdGenesis(keys []*protocol.Key) devnet.Genesis {
	own := protocol.DeriveKey([]byte(crowdValidator)).Hotkey()
	g := devnet.DefaultGenesis()
	g.Tempo, g.BlockTime, g.AllowLoopbackAxons, g.MaxUIDs = 10*crowdRound, crowdBlock, true, crowdMiners+1
	g.TimeMillis = uint64(time.Now().UnixMilli())
	g.Neurons = []devnet.GenesisNeuron{{Hotkey: own, AlphaStake: 1000e9, ValidatorPermit: true}}
	g.Balances = map[protocol.Hotkey]uint64{own: 1000e9}
	for _, k := range keys {
		g.Neurons = append(g.Neurons, devnet.GenesisNeuron{Hotkey: k.Hotkey()})
		g.Balances[k.Hotkey()] = 10e9
	}
	return g
}

func announce(ctx context.Context, endpoint string, k *protocol.Key, axon net.Addr) error {
	at, err := netip.ParseAddrPort(axon.String())
	if err != nil {
		return err
	}
	c, err := chain.Dial(ctx, chain.Config{Endpoints: []string{endpoint}, Netuid: 1}, k)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.ServeAxon(ctx, chain.Axon{IP: at.Addr(), Port: at.Port(), Protocol: 4, Version: 1})
}

// bound is the program that ships, of the pages at a host.
func bound(host string) ([]byte, *program.Program, error) {
	text, err := programs.Files.ReadFile("forum.yaml")
	if err != nil {
		return nil, nil, err
	}
	p, err := program.Decode(text)
	if err != nil {
		return nil, nil, err
	}
	if text, err = p.Bind("forum", host); err != nil {
		return nil, nil, err
	}
	p, err = program.Decode(text)
	return text, p, err
}

// sharedView reads the metagraph once for all miners of a process.
type sharedView struct {
	*chain.Client
	mu    sync.Mutex
	at    chain.Head
	graph *chain.Metagraph
}

// Metagraph implements miner.Chain.
func (v *sharedView) Metagraph(ctx context.Context, at chain.Head) (*chain.Metagraph, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.graph != nil && v.at.Number >= at.Number {
		return v.graph, nil
	}
	m, err := v.Client.Metagraph(ctx, at)
	if err == nil {
		v.at, v.graph = at, m
	}
	return m, err
}

// book is a forum of any number of posts: the demo's, again and again under other names.
type book struct {
	site *site.Site
	ids  []string
	base *url.URL
}

func openBook(host string) (*book, error) {
	cfg := site.Defaults(5, time.Now())
	cfg.BacklogShare = 1
	s, err := site.New(cfg)
	if err != nil {
		return nil, err
	}
	return &book{site: s, base: &url.URL{Scheme: "http", Host: host}, ids: s.IDs()}, nil
}

func (k *book) page(n int) ([]byte, error) {
	id := k.ids[n%len(k.ids)]
	page, err := k.site.Page(k.base.String(), id)
	return bytes.ReplaceAll(page, []byte("/p/"+id), []byte("/p/"+hex.EncodeToString(fmt.Append(nil, n)))), err
}

// ServeHTTP serves the posts.
func (k *book) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, err := hex.DecodeString(strings.TrimPrefix(r.URL.Path, "/p/"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	n, err := strconv.Atoi(string(name))
	if err != nil || n < 0 || n >= crowdMiners*crowdItems {
		http.NotFound(w, r)
		return
	}
	page, err := k.page(n)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page) // who went away needs none
}

// shelf is the part of the book that one miner collects.
type shelf struct {
	book *book
	from int
}

// Collect implements miner.Source.
func (s shelf) Collect(_ context.Context, _ []byte, emit func(source.Record) error) ([]byte, error) {
	for n := s.from; n < s.from+crowdItems; n++ {
		page, err := s.book.page(n)
		if err != nil {
			return nil, err
		}
		r, err := source.Extract(s.book.base.JoinPath("p", "x"), page, "text/html")
		if err != nil {
			return nil, err
		}
		if err := emit(r); err != nil {
			return nil, err
		}
	}
	return []byte{1}, nil
}

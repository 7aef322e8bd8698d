package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/miner"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/source"
	"github.com/assaynet/assay/transport"
	"github.com/assaynet/assay/zoo"
)

// What miners collect: so many posts before the first round, and so many in each.
const (
	postsFirst = 24
	postsEach  = 3
)

// apart is how far the second honest miner's posts are from the first one's.
const apart = 1000

// actor is a miner of the lab.
type actor struct {
	key    *protocol.Key
	axon   net.Listener
	from   int // number of its first post
	next   int // of the next one
	cites  func(int) string
	feed   *feed
	reader *reader
	miner  *miner.Miner
}

// subnet is everything that runs.
type subnet struct {
	dir       string
	run       func(func() error) // starts what ends with the context
	limits    limits
	chain     *stand
	site      *site
	record    *record
	self      *protocol.Key
	validator *reader
	actors    []*actor // honest, honest, adversary
	cast      cast
	flooded   chan struct{} // closed when the strangers have sent all
	reached   *reach
}

// hotkeys of the lab are the same in every run.
func labKey(name string) *protocol.Key { return protocol.DeriveKey([]byte("lab/wire " + name)) }

func (n *subnet) adversary() *actor { return n.actors[len(n.actors)-1] }

// open builds the subnet of an attack; what runs ends with ctx.
func open(ctx context.Context, a attack, opt Options, group *errgroup.Group) (n *subnet, err error) {
	n = &subnet{dir: opt.Dir, run: group.Go, chain: &stand{}, record: &record{}, self: labKey("validator"), reached: &reach{}}
	if n.site, err = startSite(ctx, n.run); err != nil {
		return nil, err
	}
	n.limits = n.shipped()
	if opt.Undefended && a.widen != nil {
		a.widen(&n.limits, n.site)
	}
	if a.late && !opt.Undefended {
		n.limits.dialer.AnswerTimeout = patience
	}
	n.chain.add(n.self.Hotkey(), chain.Axon{}, true)
	for _, name := range []string{"honest-1", "honest-2", "adversary"} {
		act := &actor{key: labKey(name), cites: n.site.page, feed: newFeed(), reader: newReader(n.chain)}
		if act.axon, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("listen for validators: %w", err)
		}
		n.actors = append(n.actors, act)
	}
	n.actors[1].from = apart
	if err := n.castAdversary(ctx, a); err != nil {
		return nil, err
	}
	for _, act := range n.actors {
		act.next = act.from
		if err := n.openMiner(ctx, act); err != nil {
			return nil, err
		}
	}
	leave := protocol.Leave{}
	for _, c := range a.leave {
		leave[c] = opt.Undefended
	}
	return n, n.openValidator(ctx, leave)
}

// shipped are the limits that ship, but for the lab's own host and for how long an
// adversary is waited for.
func (n *subnet) shipped() limits {
	return limits{
		dialer: transport.DialerConfig{AllowLoopback: true, AnswerTimeout: long},
		server: transport.ServerConfig{StopTimeout: time.Second},
		fetch: source.Config{
			// The port of the inner address is one that an exception names, so that it is
			// the address that keeps out.
			Guard: source.Guard{Allow: []netip.AddrPort{n.site.open, netip.AddrPortFrom(documentation, n.site.inner.Port())}, Resolver: n.site},
			Rate:  1e6, Burst: 1e6, Timeout: long, CacheBytes: -1, Tries: 1, MaxWait: long,
		},
	}
}

// long is how long the lab waits for what should not take long.
const long = time.Minute

// documentation is an address that is nobody's.
var documentation = netip.AddrFrom4([4]byte{192, 0, 2, 1})

// castAdversary has the attack cast its adversary.
func (n *subnet) castAdversary(ctx context.Context, a attack) (err error) {
	adv := n.adversary()
	st := &stage{ctx: ctx, Speaker: zoo.Speaker{Key: adv.key, Netuid: netuid}, site: n.site, victim: addrOf(n.actors[0].axon)}
	p, err := program.Decode(n.site.programText())
	if err != nil {
		return err
	}
	for i := range postsFirst {
		it, err := n.site.post(n.site.page(i), i).Item()
		if err != nil {
			return err
		}
		key, err := p.Key(it)
		if err != nil {
			return err
		}
		st.rows = append(st.rows, zoo.Row{Key: key, Item: it})
	}
	if n.cast, err = a.cast(st); err != nil {
		return err
	}
	if n.cast.cites != nil {
		adv.cites = n.cast.cites
	}
	if n.cast.strangers != nil {
		n.actors = n.actors[:len(n.actors)-1]
		n.flooded = make(chan struct{})
		return adv.axon.Close()
	}
	return nil
}

// rounds holds n rounds: in each all miners collect and commit, and then the validator
// asks.
func (n *subnet) rounds(ctx context.Context, rounds int) error {
	readers := []*reader{n.validator}
	for _, act := range n.actors {
		readers = append(readers, act.reader)
	}
	for _, r := range readers {
		if err := r.ready(ctx); err != nil {
			return err
		}
	}
	for i := range rounds {
		posts := postsEach
		if i == 0 {
			posts = postsFirst
		}
		head := n.chain.advance()
		for _, act := range n.actors {
			if err := errors.Join(act.collect(ctx, n.site, posts), act.reader.meet(ctx, head)); err != nil {
				return err
			}
		}
		if i == 1 && n.cast.strangers != nil {
			n.run(func() error { n.cast.strangers.Run(ctx, n.flooded); return nil })
		}
		if err := n.validator.meet(ctx, head); err != nil {
			return err
		}
	}
	if n.flooded == nil {
		return nil
	}
	select {
	case <-n.flooded:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// collect has a miner take its next posts.
func (a *actor) collect(ctx context.Context, s *site, posts int) error {
	var batch []source.Record
	for range posts {
		batch = append(batch, s.post(a.cites(a.next), a.next))
		a.next++
	}
	return a.feed.give(ctx, batch)
}

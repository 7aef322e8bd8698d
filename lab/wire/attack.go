package wire

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/source"
	"github.com/assaynet/assay/transport"
	"github.com/assaynet/assay/zoo"
)

// limits are the settings that bound what the other side can do.
type limits struct {
	dialer transport.DialerConfig // of the validator, for calls to the adversary
	server transport.ServerConfig // of the miners
	fetch  source.Config          // of the validator
}

// cast is how the adversary of an attack plays. Without a field it is an honest miner
// in that respect.
type cast struct {
	wrap      zoo.Wrap         // between the wire and its miner
	instead   zoo.Handler      // of a miner
	socket    *zoo.Socket      // instead of a transport server
	cites     func(int) string // under which addresses its items are
	hosts     []string         // that its own copy of the program has beside the others
	strangers *zoo.Strangers   // who flood the first honest miner; then it has no miner
}

// attack is one row: what the adversary does, and what keeps it out.
type attack struct {
	name string
	of   string // its name in the zoo, where one has several forms
	// kind is the request on which it attacks; 0: on pages, or on a miner.
	kind  protocol.Kind
	leave []protocol.Check // the checks that are its defence
	// widen sets the limits that are its defence beyond reach.
	widen  func(*limits, *site)
	late   bool // it takes its time; its defence is that it is not waited for
	rounds int  // without its defence, where that takes its time; 0 is as many as with it
	cast   func(*stage) (cast, error)
}

// stage is what an adversary has to work with.
type stage struct {
	ctx context.Context
	zoo.Speaker
	site *site
	rows []zoo.Row // its items, with their keys
	// victim is the axon of the first honest miner.
	victim netip.AddrPort
}

const (
	rootKind  = protocol.KindRootRequest
	itemsKind = protocol.KindItemsRequest
)

// The times of the attacks on time, and what an adversary is waited for then. The lab
// waits for others as long as it takes.
const (
	patience = 150 * time.Millisecond
	hold     = 600 * time.Millisecond
	drips    = 8
)

func wrapped(w func(*stage) zoo.Wrap) func(*stage) (cast, error) {
	return func(s *stage) (cast, error) { return cast{wrap: w(s)}, nil }
}

func steered(lie zoo.Lie) func(*stage) (cast, error) {
	return func(s *stage) (cast, error) {
		t, err := zoo.NewSteerer(s.Speaker, lie, s.rows)
		if err != nil {
			return cast{}, err
		}
		return cast{instead: t.Handle}, nil
	}
}

func citing(address func(*site, int) string, hosts func(*site) []string) func(*stage) (cast, error) {
	return func(s *stage) (cast, error) {
		c := cast{cites: func(i int) string { return address(s.site, i) }}
		if hosts != nil {
			c.hosts = hosts(s.site)
		}
		return c, nil
	}
}

// ballast is n items of the most that one may have, which nobody asked for.
func ballast(n int) ([][]byte, error) {
	var out [][]byte
	for i := range n {
		it := &item.Item{Kind: item.KindRecord, URI: fmt.Sprintf("http://ballast.example/%d", i), Canonical: make([]byte, item.MaxItemBytes-1024)}
		raw, err := it.Encode()
		if err != nil {
			return nil, fmt.Errorf("make ballast: %w", err)
		}
		out = append(out, raw)
	}
	return out, nil
}

// overDelivering adds a few items.
func overDelivering(s *stage) (cast, error) {
	more, err := ballast(2)
	return cast{wrap: s.OverDeliver(more...)}, err
}

// ballasted adds more than an answer may have.
func ballasted(send func(*zoo.Conn, []byte) error, extension string) func(*stage) (cast, error) {
	return func(s *stage) (cast, error) {
		more, err := ballast(protocol.MaxAnswerBytes/item.MaxItemBytes + 2)
		return cast{wrap: s.OverDeliver(more...), socket: &zoo.Socket{Send: send, Extension: extension}}, err
	}
}

// strangers come from another address of this host, since a miner counts what comes
// from each.
func strangers(s *stage) (cast, error) {
	return cast{strangers: &zoo.Strangers{
		To: s.victim, From: netip.AddrFrom4([4]byte{127, 0, 0, 2}), Path: transport.Path,
		Requests: strangerRequests, Floods: 8, Drips: 32, Body: []byte("not an envelope"),
	}}, nil
}

// strangerRequests is how many requests the strangers of a flood try to send.
const strangerRequests = 1000

// attacks are all of them, in the order of their documentation.
func attacks() []attack { return slices.Concat(byAnswers(), byAmount(), byPages()) }

func leave(c ...protocol.Check) []protocol.Check { return c }

// byAnswers are the attacks by what an answer says. The first is none: an adversary that
// does as it should.
func byAnswers() []attack {
	return []attack{
		{name: Honest, kind: itemsKind, cast: wrapped(func(*stage) zoo.Wrap { return nil })},
		{name: "replay", kind: rootKind,
			leave: leave(protocol.CheckWindow, protocol.CheckRequest), cast: wrapped(func(*stage) zoo.Wrap { return zoo.Replay() })},
		{name: "wrong-key", kind: rootKind,
			leave: leave(protocol.CheckSignature), cast: wrapped(func(*stage) zoo.Wrap { return zoo.SignWith(labKey("another")) })},
		{name: "wrong-sender", of: "wrong-key", kind: rootKind,
			leave: leave(protocol.CheckSender), cast: wrapped(func(*stage) zoo.Wrap { return zoo.AnswerAs(labKey("another")) })},
		{name: "cross-answer", kind: rootKind,
			leave: leave(protocol.CheckRequest), cast: wrapped(func(s *stage) zoo.Wrap { return s.CrossAnswer() })},
		{name: "relay", of: "cross-answer", kind: rootKind,
			leave: leave(protocol.CheckAddressee), cast: wrapped(func(s *stage) zoo.Wrap { return s.Relay(labKey("another validator").Hotkey()) })},
		{name: "equivocate", kind: rootKind,
			leave: leave(protocol.CheckEquivocation), cast: wrapped(func(s *stage) zoo.Wrap { return s.Equivocate() })},
		{name: "steer", kind: itemsKind,
			leave: leave(protocol.CheckLeaf), cast: steered(zoo.LieLeaf)},
		{name: "steer-sums", of: "steer", kind: itemsKind,
			leave: leave(protocol.CheckProof), cast: steered(zoo.LieSum)},
		{name: "over-deliver", kind: itemsKind,
			leave: leave(protocol.CheckSurplus), cast: overDelivering},
		{name: "counter", kind: itemsKind,
			leave: leave(protocol.CheckProof), cast: wrapped(func(s *stage) zoo.Wrap { return s.Count() })},
		{name: "refuse", kind: itemsKind,
			leave: leave(protocol.CheckRefusal), cast: wrapped(func(s *stage) zoo.Wrap { return s.RefuseDraws() })},
	}
}

// byAmount are the attacks by how long an answer takes and how much comes with it.
func byAmount() []attack {
	return []attack{
		{name: "stall", kind: itemsKind,
			late: true, rounds: 3, cast: wrapped(func(s *stage) zoo.Wrap { return zoo.StallWire(s.ctx, hold) })},
		{name: "slowloris", kind: rootKind,
			late: true, rounds: 3, cast: func(s *stage) (cast, error) {
				return cast{socket: &zoo.Socket{Send: zoo.Dripping(s.ctx, drips, hold/drips)}}, nil
			}},
		{name: "oversize", kind: itemsKind,
			leave: leave(protocol.CheckSize, protocol.CheckSurplus), widen: func(l *limits, _ *site) { l.dialer.MaxAnswer = beyond },
			cast: ballasted(zoo.Whole, "")},
		{name: "flood", kind: rootKind,
			widen: func(l *limits, _ *site) { l.dialer.MaxPings = beyond }, cast: func(*stage) (cast, error) {
				return cast{socket: &zoo.Socket{Send: zoo.PingsFirst(2000)}}, nil
			}},
		{name: "flood-miner", of: "flood",
			widen: func(l *limits, _ *site) {
				l.server.MaxPerAddress, l.server.RequestsPerSecond, l.server.Burst = 1000, 1e6, 1e6
			}, cast: strangers},
		{name: "zip-bomb", kind: rootKind,
			leave: leave(protocol.CheckSize, protocol.CheckSurplus),
			widen: func(l *limits, _ *site) { l.dialer.TakeExtensions, l.dialer.MaxAnswer = true, beyond },
			cast:  ballasted(zoo.Deflated, zoo.CompressionUnasked)},
	}
}

// byPages are the attacks by what is cited.
func byPages() []attack {
	return []attack{
		{name: "zip-bomb-page", of: "zip-bomb", kind: itemsKind, rounds: 6,
			widen: func(l *limits, _ *site) { l.fetch.MaxUnpacked = beyond }, cast: citing((*site).zipped, nil)},
		{name: "ssrf", kind: itemsKind,
			leave: leave(protocol.CheckHost), widen: allowed, cast: citing((*site).direct, func(s *site) []string { return []string{s.inner.String()} })},
		{name: "ssrf-redirect", of: "ssrf", kind: itemsKind, widen: allowed, cast: citing((*site).away, nil)},
		{name: "ssrf-dns", of: "ssrf", kind: itemsKind, widen: allowed, cast: citing((*site).named, nil)},
	}
}

// beyond is a limit that nothing reaches.
const beyond = math.MaxInt32

func allowed(l *limits, s *site) {
	l.fetch.Guard.Allow = append(l.fetch.Guard.Allow, s.inner)
}

package validator

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// double is a miner that misbehaves on one kind of request.
type double struct {
	name    string
	on      protocol.Kind
	answer  func(d *doubled) ([]byte, error)
	outcome evidence.Outcome
	reason  protocol.Reason
	cuts    bool // the calls after it are recorded but not made
}

// doubled is what a double has to work with.
type doubled struct {
	t       testing.TB
	ctx     context.Context
	m       *fakeMiner
	request *protocol.Envelope
	raw     []byte // the request
	honest  []byte // the honest answer
	before  [][]byte
}

// forge seals a message with a key of choice under any name.
func (d *doubled) forge(key *protocol.Key, change func(*protocol.Envelope)) ([]byte, error) {
	var e protocol.Envelope
	if err := protocol.Decode(d.honest, &e); err != nil {
		d.t.Fatal(err)
	}
	change(&e)
	var err error
	if e.Signature, err = key.Sign(e.Digest()); err != nil {
		d.t.Fatal(err)
	}
	return protocol.Encode(&e)
}

// items changes the honest ItemsAnswer and signs it as the miner.
func (d *doubled) items(change func(*protocol.ItemsAnswer)) ([]byte, error) {
	ans, err := evidence.DecodeAnswer[protocol.ItemsAnswer](&evidence.Call{Answer: d.honest})
	if err != nil {
		d.t.Fatal(err)
	}
	change(ans)
	return d.m.seal(d.request, protocol.KindItemsAnswer, ans)
}

func (d *doubled) root(change func(*protocol.SignedRoot)) ([]byte, error) {
	root := d.m.roots[len(d.m.roots)-1]
	change(&root)
	return d.m.seal(d.request, protocol.KindRootAnswer, &protocol.RootAnswer{Root: root})
}

func doubles() []double {
	const rootKind, items, claims = protocol.KindRootRequest, protocol.KindItemsRequest, protocol.KindClaimsRequest
	return []double{
		{"honest", items, func(d *doubled) ([]byte, error) { return d.honest, nil }, evidence.Answered, "", false},
		{"wrong key", items, func(d *doubled) ([]byte, error) {
			return d.forge(keyOf("somebody"), func(*protocol.Envelope) {})
		}, evidence.BadSignature, protocol.ReasonSignature, false},
		{"another sender", items, func(d *doubled) ([]byte, error) {
			return d.forge(keyOf("somebody"), func(e *protocol.Envelope) { e.From = keyOf("somebody").Hotkey() })
		}, evidence.Offline, protocol.ReasonSender, true},
		{"another addressee", items, func(d *doubled) ([]byte, error) {
			return d.forge(d.m.key, func(e *protocol.Envelope) { e.To = keyOf("somebody").Hotkey() })
		}, evidence.Offline, protocol.ReasonAddressee, true},
		{"cross-answer", items, func(d *doubled) ([]byte, error) {
			return d.forge(d.m.key, func(e *protocol.Envelope) { e.Request = item.Sum("another request") })
		}, evidence.Offline, protocol.ReasonCrossAnswer, true},
		{"old answer replayed", items, func(d *doubled) ([]byte, error) { return d.before[len(d.before)-1], nil },
			evidence.Offline, protocol.ReasonWindow, true},
		{"another version", rootKind, func(d *doubled) ([]byte, error) {
			return d.forge(d.m.key, func(e *protocol.Envelope) { e.Version++ })
		}, evidence.Offline, protocol.ReasonVersion, true},
		{"answer of another kind", rootKind, func(d *doubled) ([]byte, error) {
			return d.forge(d.m.key, func(e *protocol.Envelope) { e.Kind = protocol.KindClaimsAnswer })
		}, evidence.Offline, protocol.ReasonGarbled, true},
		{"bad proof", items, func(d *doubled) ([]byte, error) {
			return d.items(func(a *protocol.ItemsAnswer) { a.Nodes[0][40] ^= 1 })
		}, evidence.BadProof, protocol.ReasonProof, false},
		{"nodes left out", items, func(d *doubled) ([]byte, error) {
			return d.items(func(a *protocol.ItemsAnswer) { a.Nodes = a.Nodes[1:] })
		}, evidence.BadProof, protocol.ReasonProof, false},
		{"another item", items, func(d *doubled) ([]byte, error) {
			return d.items(func(a *protocol.ItemsAnswer) {
				it, err := d.m.w.site.note(199).Item()
				if err != nil {
					d.t.Fatal(err)
				}
				a.Items[a.Drawn[0][0]], _ = it.Encode()
			})
		}, evidence.BadProof, protocol.ReasonProof, false},
		{"a draw left out", items, func(d *doubled) ([]byte, error) {
			return d.items(func(a *protocol.ItemsAnswer) { a.Drawn[0] = a.Drawn[0][:len(a.Drawn[0])-1] })
		}, evidence.Malformed, protocol.ReasonMalformed, false},
		{"junk in a signed body", items, func(d *doubled) ([]byte, error) {
			return d.forge(d.m.key, func(e *protocol.Envelope) { e.Body = []byte("\x83\x01\x02\x03") })
		}, evidence.Malformed, protocol.ReasonMalformed, false},
		{"garbage", items, func(*doubled) ([]byte, error) { return bytes.Repeat([]byte{0x9f}, 4096), nil },
			evidence.Offline, protocol.ReasonGarbled, true},
		{"nothing", items, func(*doubled) ([]byte, error) { return nil, nil }, evidence.Offline, protocol.ReasonGarbled, true},
		{"oversize", items, func(*doubled) ([]byte, error) { return make([]byte, protocol.MaxAnswerBytes+1), nil },
			evidence.Offline, protocol.ReasonOversize, true},
		{"refuser", items, func(d *doubled) ([]byte, error) {
			return d.m.seal(d.request, protocol.KindRefusal, &protocol.Refusal{Code: "busy", Message: "not today"})
		}, evidence.Refused, protocol.ReasonRefused, false},
		{"stall at the door", rootKind, stall, evidence.Late, protocol.ReasonTimeout, true},
		{"stall on a question", items, stall, evidence.Late, protocol.ReasonTimeout, true},
		{"late by a moment", items, func(d *doubled) ([]byte, error) {
			<-d.ctx.Done()
			return d.honest, nil
		}, evidence.Late, protocol.ReasonTimeout, true},
		{"hang-up", items, func(*doubled) ([]byte, error) {
			return nil, protocol.Fail(protocol.ReasonHangup, "connection reset")
		}, evidence.Offline, protocol.ReasonHangup, true},
		{"no connection", rootKind, func(*doubled) ([]byte, error) {
			return nil, protocol.Fail(protocol.ReasonDial, "refused")
		}, evidence.Offline, protocol.ReasonDial, true},
		// What a close frame says is not signed and must never become a fault.
		{"close code of a fault", items, func(*doubled) ([]byte, error) {
			return nil, protocol.Fail(protocol.ReasonMalformed, "closed with a reason")
		}, evidence.Offline, protocol.ReasonHangup, true},
		{"our own fault", items, func(*doubled) ([]byte, error) {
			return nil, protocol.Fail(protocol.ReasonInternal, "no sockets left")
		}, evidence.OurFault, protocol.ReasonInternal, false},
		{"root of another subnet", rootKind, func(d *doubled) ([]byte, error) {
			return d.root(func(r *protocol.SignedRoot) { r.Netuid++ })
		}, evidence.Malformed, protocol.ReasonMalformed, false},
		{"root that nobody signed", rootKind, func(d *doubled) ([]byte, error) {
			return d.root(func(r *protocol.SignedRoot) { r.Bytes++ })
		}, evidence.BadSignature, protocol.ReasonSignature, false},
		{"claim without proof", claims, func(d *doubled) ([]byte, error) {
			return d.m.seal(d.request, protocol.KindClaimsAnswer, &protocol.ClaimsAnswer{Claims: []protocol.Claim{{Index: 0, Seq: 2}}})
		}, evidence.BadProof, protocol.ReasonProof, false},
		{"claim under no root", claims, func(d *doubled) ([]byte, error) {
			return d.m.seal(d.request, protocol.KindClaimsAnswer, &protocol.ClaimsAnswer{Claims: []protocol.Claim{{Index: 0, Seq: 999}}})
		}, evidence.Answered, "", false}, // a receipt of a round that was never closed looks the same
	}
}

func stall(d *doubled) ([]byte, error) {
	<-d.ctx.Done()
	return nil, d.ctx.Err()
}

func TestHostileMiners(t *testing.T) {
	for _, double := range doubles() {
		t.Run(double.name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { meetDouble(t, double) }) })
	}
}

// meetDouble lets a double behave for some rounds, misbehave in one, and behave
// again. Its calls must have the outcome, nobody else's may suffer, and the record
// must replay.
func meetDouble(t *testing.T, double double) {
	w := newWorld(t, "honest", "double")
	j := &memory{}
	v, err := w.open(j)
	if err != nil {
		t.Fatal(err)
	}
	var history [][]byte
	m, armed := w.order[1], false
	m.ask = func(ctx context.Context, raw []byte) ([]byte, error) {
		honest, err := m.answer(raw)
		var e protocol.Envelope
		if err != nil || protocol.Decode(raw, &e) != nil {
			return nil, err
		}
		if armed && e.Kind == double.on {
			return double.answer(&doubled{t: t, ctx: ctx, m: m, request: &e, raw: raw, honest: honest, before: history})
		}
		if e.Kind == double.on {
			history = append(history, honest)
		}
		return honest, nil
	}
	for i, bad := range []bool{false, false, false, true, false, false} {
		armed = bad
		if err := w.rounds(v, 1); err != nil {
			t.Fatalf("round %d: %v", i+1, err)
		}
		if bad {
			checkCalls(t, double, bodies[*evidence.Exchange](j.entries))
		}
	}
	mustReplay(t, j.entries)
	for _, s := range v.Scores() {
		provable := s.UID == 2 && double.outcome.Consequence().Provable
		if flagged := len(s.Flags) > 0; flagged != provable {
			t.Errorf("uid %d has flags %v", s.UID, s.Flags)
		}
	}
}

func checkCalls(t *testing.T, double double, all []*evidence.Exchange) {
	last := all[len(all)-2:]
	for i, c := range last[0].Calls {
		if c.Outcome != evidence.Answered {
			t.Errorf("the honest miner's call %d is %s (%s)", i, c.Outcome, c.Reason)
		}
	}
	calls := last[1].Calls
	if len(calls) != 3 {
		t.Fatalf("%d calls are recorded, planned were 3", len(calls))
	}
	at := slices.Index([]protocol.Kind{protocol.KindRootRequest, protocol.KindItemsRequest, protocol.KindClaimsRequest}, double.on)
	for i, c := range calls {
		want, reason := evidence.Answered, protocol.Reason("")
		if i == at || i > at && double.cuts {
			want, reason = double.outcome, double.reason
		}
		if c.Outcome != want || c.Reason != reason {
			t.Errorf("call %d is %s (%s), want %s (%s)", i, c.Outcome, c.Reason, want, reason)
		}
		if i > at && double.cuts && len(c.Answer) > 0 {
			t.Errorf("call %d was made after the end", i)
		}
	}
}

// Two signed roots of one number prove equivocation.
func TestEquivocation(t *testing.T) {
	w := newWorld(t, "a", "b")
	j := &memory{}
	v, err := w.open(j)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.rounds(v, 3); err != nil {
		t.Fatal(err)
	}
	m := w.order[1]
	other := newFakeMiner(w, "elsewhere", 9)
	last := len(m.trees) - 1
	forked := m.roots[last]
	forked.Hash = other.trees[0].Root().Hash
	if err := forked.Sign(m.key); err != nil {
		t.Fatal(err)
	}
	m.roots[last] = forked
	if err := v.meet(context.Background(), w.chain.advance(2)); err != nil {
		t.Fatal(err)
	}
	if flags := v.Scores()[1].Flags; !slices.Equal(flags, []string{"equivocation"}) {
		t.Errorf("flags %v", flags)
	}
	mustReplay(t, j.entries)
}

// A miner whose roots run ahead by more versions than are kept must not break the
// record: what it was asked under is judged as it stood when it was asked.
func TestRootsRunAhead(t *testing.T) {
	w := newWorld(t, "a", "runner")
	j := &memory{}
	v, err := w.open(j)
	if err != nil {
		t.Fatal(err)
	}
	runner := w.order[1]
	for i := range 6 {
		silent := i == 2
		runner.ask = func(ctx context.Context, raw []byte) ([]byte, error) {
			answer, err := runner.answer(raw)
			var e protocol.Envelope
			if protocol.Decode(raw, &e) == nil && e.Kind == protocol.KindItemsRequest && silent {
				return nil, protocol.Fail(protocol.ReasonHangup, "not this one")
			}
			return answer, err
		}
		if err := w.rounds(v, 1); err != nil {
			t.Fatalf("round %d: %v", i+1, err)
		}
		for range 131 {
			runner.commit(runner.trees[len(runner.trees)-1])
		}
	}
	for i, x := range bodies[*evidence.Exchange](j.entries) {
		for _, c := range x.Calls {
			if c.Outcome == evidence.OurFault {
				t.Errorf("exchange %d: %s (%s)", i, c.Outcome, c.Reason)
			}
		}
	}
	mustReplay(t, j.entries)
}

package validator

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/chain"
)

// facts100 is a validator in epoch 10 of a subnet with tempo 100: the epoch began in
// block 1000 and the vote is due from 1095 on.
func facts100(head uint64) Facts {
	return Facts{
		Head: head, Clock: chain.EpochClock{Index: 10, Last: 1000, Next: 1100}, Tempo: 100,
		CommitReveal: true, RevealPeriod: 1, RateLimit: 20, Registered: true, Permit: true, LastUpdate: 995, Lead: 5,
	}
}

func decided(epoch uint64) *uint64 { return &epoch }

func TestConsult(t *testing.T) {
	set := func(change func(*Facts)) func(*Facts) { return change }
	same := set(func(*Facts) {})
	pending := func(p ...Pending) func(*Facts) {
		return func(f *Facts) { f.Pending, f.Decided = p, decided(p[len(p)-1].Epoch) }
	}
	both := func(a, b func(*Facts)) func(*Facts) { return func(f *Facts) { a(f); b(f) } }
	open := set(func(f *Facts) { f.CommitReveal = false })
	unproven := set(func(f *Facts) { f.Unproven = true })
	period := func(n uint64) func(*Facts) { return func(f *Facts) { f.RevealPeriod = n } }
	commit10, set10 := Act{ActionCommit, 10, true}, Act{ActionSet, 10, true}
	ten := make([]Pending, 10)
	for i := range ten {
		ten[i] = Pending{Epoch: uint64(i), Committed: true, Index: uint64(i)}
	}
	for _, c := range []struct {
		name   string
		head   uint64
		change func(*Facts)
		now    []Act
		next   uint64
		why    string
	}{
		{"before the lead", 1094, same, nil, 1095, "the next vote is due at block 1095 (in 1 block"},
		{"at the lead", 1095, same, []Act{commit10}, 1095, "due now: commit the vote of epoch 10"},
		{"at the lead, in the open", 1095, open, []Act{set10}, 1095, "due now: set"},
		{"at the last block", 1099, same, []Act{commit10}, 1099, ""},
		{"the epoch is deferred", 1103, same, []Act{commit10}, 1103, ""},
		{"the tempo became longer", 1095, func(f *Facts) { f.Clock.Next, f.Tempo = 1300, 300 }, nil, 1295, ""},
		{"the tempo became shorter", 1041, func(f *Facts) { f.Clock.Next, f.Tempo = 1045, 45 }, []Act{commit10}, 1041, ""},
		{"an epoch is triggered", 1030, func(f *Facts) { f.Clock.Next = 1032 }, []Act{commit10}, 1030, ""},
		{"a trigger is ahead", 1030, func(f *Facts) { f.Clock.Next = 1060 }, nil, 1055, ""},
		{"no epochs", 1095, func(f *Facts) { f.Clock.Next = 0 }, nil, 0, "runs no epochs"},
		{"not registered", 1095, func(f *Facts) { f.Registered = false }, nil, 0, "not registered"},
		{"no permit", 1095, func(f *Facts) { f.Permit = false }, nil, 0, "no validator permit"},
		{"registered after the lead", 1097, func(f *Facts) { f.LastUpdate = 1096 }, nil, 1195, "the next vote is due"},
		{"registered after the lead, no limit", 1097, func(f *Facts) { f.LastUpdate, f.RateLimit = 1096, 0 }, []Act{commit10}, 1097, ""},
		{"the limit ends within the lead", 1096, func(f *Facts) { f.LastUpdate = 1078 }, nil, 1098, "too soon: next weights allowed at block 1098 (in 2 blocks"},
		{"the limit has just ended", 1098, func(f *Facts) { f.LastUpdate = 1078 }, []Act{commit10}, 1098, ""},
		{"the limit ends with the epoch", 1096, func(f *Facts) { f.LastUpdate = 1080 }, nil, 1195, ""},
		{"the limit is many epochs", 1096, func(f *Facts) { f.LastUpdate, f.RateLimit = 1000, 350 }, nil, 1395, ""},
		{"the limit ends in a later lead", 1096, func(f *Facts) { f.LastUpdate, f.RateLimit = 1000, 397 }, nil, 1397, "too soon"},
		{"never updated", 1095, func(f *Facts) { f.LastUpdate, f.RateLimit = 0, 100_000 }, []Act{commit10}, 1095, ""},

		{"intended, not sent", 1096, pending(Pending{Epoch: 10}), []Act{{ActionCommit, 10, false}}, 1096, ""},
		{"intended in the open, not sent", 1096, both(open, pending(Pending{Epoch: 10, Open: true})), []Act{{ActionSet, 10, false}}, 1096, ""},
		{"intended in the open, the rule is on", 1096, pending(Pending{Epoch: 10, Open: true}), nil, 1097, "the vote of epoch 10 is not sent now, for the subnet changed how votes are sent"},
		{"intended in the open, not sure", 1096, both(both(open, unproven), pending(Pending{Epoch: 10, Open: true})), nil, 1097, "the subnet changed how"},
		{"intended by commit, the rule is off", 1096, both(open, pending(Pending{Epoch: 10})), nil, 1097, "the subnet changed how votes are sent"},
		{"the rule is off, not sure", 1096, both(open, unproven), nil, 1097, "commit-reveal is off since a moment ago"},
		{"the commit landed somewhere", 1096, pending(Pending{Epoch: 10, Sent: true}), nil, 1097, "the chain holds the commit of the vote of epoch 10"},
		{"intended, too soon", 1096, both(func(f *Facts) { f.LastUpdate = 1078 }, pending(Pending{Epoch: 10})), nil, 1098, "too soon for the vote of epoch 10: next weights allowed at block 1098"},
		{"intended in the last epoch", 1001, pending(Pending{Epoch: 9}), nil, 1020, "the vote of epoch 9 may still land; it expires at block 1020"},
		{"intended in the last epoch, long ago", 1020, pending(Pending{Epoch: 9}), []Act{{ActionExpire, 9, false}}, 1020, "expire the vote of epoch 9"},
		{"intended in the epoch before", 1001, pending(Pending{Epoch: 8}), []Act{{ActionExpire, 8, false}}, 1001, "expire the vote of epoch 8"},

		{"committed", 1097, pending(Pending{Epoch: 10, Committed: true, Index: 10}), nil, 1100, "the vote of epoch 10 is committed; its reveal is due at block 1100"},
		{"committed into the next epoch", 1099, pending(Pending{Epoch: 10, Committed: true, Index: 11}), nil, 1195, "the next vote is due"},
		{"first block of the window", 1000, pending(Pending{Epoch: 9, Committed: true, Index: 9}), []Act{{ActionReveal, 9, false}}, 1000, "reveal the vote of epoch 9"},
		{"a late block of the window", 1095, both(pending(Pending{Epoch: 9, Committed: true, Index: 9}), func(f *Facts) { f.Decided = decided(10) }), []Act{{ActionReveal, 9, false}}, 1095, ""},
		{"last block of the window", 1099, both(pending(Pending{Epoch: 9, Committed: true, Index: 9}), func(f *Facts) { f.Decided = decided(10) }), nil, 1100, "the window of its reveal ends"},
		{"a reveal may land after the window", 1096, both(pending(Pending{Epoch: 9, Committed: true, Index: 9}), func(f *Facts) { f.Decided = decided(10) }), nil, 1100, "the window of its reveal ends"},
		{"the window is over", 1001, pending(Pending{Epoch: 8, Committed: true, Index: 8}), []Act{{ActionExpire, 8, false}}, 1001, ""},
		{"the window is over at the lead", 1096, pending(Pending{Epoch: 8, Committed: true, Index: 8}), []Act{{ActionExpire, 8, false}, commit10}, 1096, ""},
		{"commit-reveal went off", 1050, both(open, pending(Pending{Epoch: 9, Committed: true, Index: 9})), nil, 1095, ""},
		{"commit-reveal went off, vote", 1095, both(open, pending(Pending{Epoch: 9, Committed: true, Index: 9})), []Act{set10}, 1095, ""},
		{"the period became shorter", 1001, both(pending(Pending{Epoch: 8, Committed: true, Index: 8}), func(f *Facts) { f.RevealPeriod = 2 }), []Act{{ActionReveal, 8, false}}, 1001, ""},
		{"the period became longer", 1001, both(pending(Pending{Epoch: 9, Committed: true, Index: 9}), func(f *Facts) { f.RevealPeriod = 3 }), nil, 1095, ""},

		{"the period became shorter for a while", 1001, pending(Pending{Epoch: 8, Committed: true, Index: 8, Longest: 3}), nil, 1095, ""},
		{"the period is endless", 1001, both(period(math.MaxUint64), pending(Pending{Epoch: 8, Committed: true, Index: 8})), nil, 1095, ""},
		{"the period was endless", 1001, pending(Pending{Epoch: 8, Committed: true, Index: 8, Longest: math.MaxUint64}), nil, 1095, ""},
		{"the limit is endless", 1095, func(f *Facts) { f.RateLimit = math.MaxUint64 }, nil, math.MaxUint64, "too soon"},
		{"the chain holds as many as it can", 1095, both(period(10), func(f *Facts) { f.Held = slices.Repeat([]uint64{1}, 10) }), nil, 1195, "10 commits are open"},
		{"of those that the chain holds one is over", 1095, both(period(10), func(f *Facts) { f.Held = append(slices.Repeat([]uint64{1}, 9), 0) }), []Act{commit10}, 1095, ""},

		{"several are open", 1001, both(pending(Pending{Epoch: 7, Committed: true, Index: 7}, Pending{Epoch: 8, Committed: true, Index: 8}, Pending{Epoch: 9, Committed: true, Index: 9}), func(f *Facts) { f.RevealPeriod = 3 }),
			[]Act{{ActionReveal, 7, false}}, 1001, ""},
		{"several are open, at the lead", 1095, both(pending(Pending{Epoch: 8, Committed: true, Index: 8}, Pending{Epoch: 9, Committed: true, Index: 9}), func(f *Facts) { f.RevealPeriod = 3 }), []Act{commit10}, 1095, ""},
		{"two in one window", 1001, pending(Pending{Epoch: 8, Committed: true, Index: 9}, Pending{Epoch: 9, Committed: true, Index: 9}), []Act{{ActionReveal, 8, false}, {ActionReveal, 9, false}}, 1001, ""},
		{"as many as the chain holds", 1095, both(pending(ten...), func(f *Facts) { f.RevealPeriod = 12 }), nil, 1200, "its reveal is due"},
		{"as many as the chain holds, the first due", 1050, both(pending(ten...), func(f *Facts) { f.RevealPeriod = 10 }), []Act{{ActionReveal, 0, false}}, 1050, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := facts100(c.head)
			c.change(&f)
			a := Consult(f)
			if !slices.Equal(a.Now, c.now) || a.Next != c.next || !strings.Contains(a.Why, c.why) {
				t.Errorf("%+v, want %v, next %d, %q", a, c.now, c.next, c.why)
			}
		})
	}
}

func TestConsultSaysHowLong(t *testing.T) {
	for _, c := range []struct {
		head uint64
		pace time.Duration
		want string
	}{
		{1054, 12 * time.Second, "the next vote is due at block 1095 (in 41 blocks, about 8 min)"},
		{1094, 12 * time.Second, "(in 1 block, about 12 s)"},
		{1001, 15 * time.Minute, "(in 94 blocks, about 24 h)"},
		{1001, 0, "at block 1095 (in 94 blocks)"},
	} {
		f := facts100(c.head)
		f.BlockTime = c.pace
		if a := Consult(f); !strings.HasSuffix(a.Why, c.want) {
			t.Errorf("%q, want %q", a.Why, c.want)
		}
	}
}

// Whatever the facts: something is due exactly when Next is this block, else Next is
// ahead or unknown; a reveal is never offered outside of its window, nor weights
// before the chain allows them; and no intent is both sent and expired.
func TestConsultHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		small := func(name string, limit uint64) uint64 { return rapid.Uint64Range(0, limit).Draw(t, name) }
		last := 100 + small("last", 50)
		f := Facts{
			Clock: chain.EpochClock{Index: 5 + small("index", 5), Last: last, Next: last + small("length", 30)}, Tempo: 1 + small("tempo", 30),
			CommitReveal: rapid.Bool().Draw(t, "cr"), RevealPeriod: 1 + small("period", 12), RateLimit: small("limit", 80),
			Registered: true, Permit: rapid.Bool().Draw(t, "permit"), LastUpdate: small("updated", 150), Lead: small("lead", 10),
		}
		f.Head = last + small("head", 40)
		epoch := uint64(0)
		for range rapid.IntRange(0, 12).Draw(t, "pending") {
			epoch += 1 + small("step", 2)
			f.Pending = append(f.Pending, Pending{
				Epoch: epoch, Open: rapid.Bool().Draw(t, "open"), Sent: rapid.Bool().Draw(t, "sent"), Committed: rapid.Bool().Draw(t, "committed"),
				Index: epoch + small("late", 1), Longest: small("longest", 12),
			})
			f.Decided = decided(epoch)
		}
		a := Consult(f)
		if (len(a.Now) > 0) != (a.Next == f.Head) || a.Next != 0 && a.Next < f.Head || a.Why == "" {
			t.Fatalf("%+v of %+v", a, f)
		}
		seen := map[uint64]bool{}
		for _, act := range a.Now {
			i := slices.IndexFunc(f.Pending, func(p Pending) bool { return p.Epoch == act.Epoch })
			switch {
			case seen[act.Epoch] || (i < 0) != act.New:
				t.Fatalf("%+v twice, or of no intent", act)
			case act.Do == ActionReveal && (f.Clock.Index != f.Pending[i].Index+f.RevealPeriod || f.Clock.Next != 0 && f.Head+1 >= f.Clock.Next):
				t.Fatalf("%+v outside of its window", act)
			case (act.Do == ActionSet || act.Do == ActionCommit) && f.LastUpdate != 0 && f.Head < f.LastUpdate+f.RateLimit:
				t.Fatalf("%+v too soon", act)
			}
			seen[act.Epoch] = true
		}
	})
}

package wire

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/validator"
)

// stated is what a validator records of an attack, with its defence.
type stated struct {
	outcome evidence.Outcome
	reason  protocol.Reason
	flags   []string
	fetched string // status of all pages that the adversary alone cites
}

func statedOf() map[string]stated {
	return map[string]stated{
		"replay":       {outcome: evidence.Offline, reason: protocol.ReasonWindow},
		"wrong-key":    {outcome: evidence.BadSignature, reason: protocol.ReasonSignature},
		"wrong-sender": {outcome: evidence.Offline, reason: protocol.ReasonSender},
		"cross-answer": {outcome: evidence.Offline, reason: protocol.ReasonCrossAnswer},
		"relay":        {outcome: evidence.Offline, reason: protocol.ReasonAddressee},
		"equivocate":   {outcome: evidence.Answered, flags: []string{"equivocation"}},
		"steer":        {outcome: evidence.BadProof, reason: protocol.ReasonProof, flags: []string{"bad_proof"}},
		"steer-sums":   {outcome: evidence.BadProof, reason: protocol.ReasonProof, flags: []string{"bad_proof"}},
		"over-deliver": {outcome: evidence.Malformed, reason: protocol.ReasonMalformed, flags: []string{"malformed"}},
		"counter":      {outcome: evidence.BadProof, reason: protocol.ReasonProof, flags: []string{"bad_proof"}},
		"refuse":       {outcome: evidence.Refused, reason: protocol.ReasonRefused},
		"stall":        {outcome: evidence.Late, reason: protocol.ReasonTimeout},
		"slowloris":    {outcome: evidence.Late, reason: protocol.ReasonTimeout},
		"oversize":     {outcome: evidence.Offline, reason: protocol.ReasonOversize},
		"flood":        {outcome: evidence.Offline, reason: protocol.ReasonOversize},
		"zip-bomb":     {outcome: evidence.Offline, reason: protocol.ReasonGarbled},
		// It is a miner that is attacked: its validator is answered meanwhile.
		"flood-miner": {outcome: evidence.Answered},
		// It is what is cited that attacks: the miner answers like any other.
		"zip-bomb-page": {outcome: evidence.Answered, fetched: "failed (unpacked_too_large)"},
		"ssrf":          {outcome: evidence.Answered, fetched: "barred (outside)", flags: []string{"schema"}},
		"ssrf-redirect": {outcome: evidence.Answered, fetched: "refused (port)"},
		"ssrf-dns":      {outcome: evidence.Answered, fetched: "refused (port)"},
	}
}

func tried(t *testing.T, name string, undefended bool) Result {
	t.Helper()
	if name == "flood-miner" {
		l, err := net.Listen("tcp", "127.0.0.2:0")
		if err != nil {
			t.Skip("this host has one loopback address only, and strangers need another")
		}
		_ = l.Close()
	}
	r, err := Run(t.Context(), name, Options{Undefended: undefended, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if r.Disturbed > 0 {
		t.Errorf("%d calls to honest miners were not answered", r.Disturbed)
	}
	return r
}

func (r Result) String() string {
	return fmt.Sprintf("%s (undefended %t): %s %q, steady %t, flags %v, fetches %v, hits %d, reached %d of %d, pay %.3f beside %.3f, ratio %.3f, sent %d, recorded %d",
		r.Name, r.Undefended, r.Outcome, r.Reason, r.Steady, r.Flags, r.Fetches, r.Hits, r.Reached, r.Tried, r.Pay, r.HonestPay, r.Ratio, r.Sent, r.Recorded)
}

// Each attack is recorded as what it is, pays nothing, and leaves a record that
// replays.
func TestAttacks(t *testing.T) {
	want := statedOf()
	if names := Names(); len(names) != len(want) {
		t.Errorf("%d attacks, %d are stated", len(names), len(want))
	}
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, w := tried(t, name, false), want[name]
			if r.Outcome != w.outcome || r.Reason != w.reason || !r.Steady || !slices.Equal(r.Flags, w.flags) {
				t.Errorf("%v; want %s %q, flags %v", r, w.outcome, w.reason, w.flags)
			}
			if fetched := slices.Collect(maps.Keys(r.Fetches)); strings.Join(fetched, ", ") != w.fetched {
				t.Errorf("%v; want fetches %q", r, w.fetched)
			}
			if r.Pay > 0 || r.Ratio > 0 || r.HonestPay[0] < 0.5 || r.HonestPay[1] < 0.5 {
				t.Errorf("%v; want no pay for it, and pay for the others", r)
			}
			if r.Hits > 0 {
				t.Errorf("%v; want no request inside", r)
			}
			if r.Rounds != DefaultRounds {
				t.Errorf("%d rounds were closed", r.Rounds)
			}
			if rep := replay(t, r); rep.Mismatches > 0 || rep.Votes == 0 {
				t.Errorf("replay: %v", rep)
			}
		})
	}
}

// Without its defence an attack gets through: its calls are Answered, its pages are
// fetched, its requests arrive. What was let through by leaving out a check does not
// replay.
func TestUndefended(t *testing.T) {
	table := attacks()
	for _, a := range table {
		if a.name == Honest {
			continue
		}
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			r := tried(t, a.name, true)
			if r.Outcome != evidence.Answered || r.Reason != "" || !r.Steady {
				t.Errorf("%v; want answered", r)
			}
			switch a.name {
			case "equivocate", "over-deliver", "replay", "cross-answer", "wrong-key", "wrong-sender", "relay", "oversize", "flood", "zip-bomb", "ssrf-dns", "zip-bomb-page":
				if len(r.Flags) > 0 || r.Pay == 0 {
					t.Errorf("%v; want it paid and not flagged", r)
				}
			case "steer":
				if r.Ratio < 1.5 {
					t.Errorf("%v; want it paid more than who has what it says it has", r)
				}
			case "flood-miner":
				if r.Reached != r.Tried {
					t.Errorf("%v; want all strangers to get through", r)
				}
			}
			if strings.HasPrefix(a.name, "ssrf") && (r.Hits == 0 || r.Fetches["found"] == 0) || a.name == "zip-bomb-page" && r.Fetches["found"] == 0 {
				t.Errorf("%v; want the pages fetched", r)
			}
			if rep := replay(t, r); (rep.Mismatches > 0) != (len(a.leave) > 0) {
				t.Errorf("%d checks were left out; replay: %v", len(a.leave), rep)
			}
		})
	}
}

func replay(t *testing.T, r Result) validator.Report {
	t.Helper()
	rec := record{entries: r.Entries}
	rep, err := validator.Replay(rec.Entries(1), nil)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// Who holds the same data and does as it should is paid the same: what an attack loses
// it loses by attacking.
func TestControl(t *testing.T) {
	r := tried(t, Honest, false)
	if r.Outcome != evidence.Answered || !r.Steady || len(r.Flags) > 0 || r.Ratio < 0.7 || r.Ratio > 1.4 {
		t.Errorf("%v; want a ratio of about 1", r)
	}
}

// Alone, an attack on memory takes no more than an answer's bounds, and what leaves the
// attacker's socket is bounded too.
func TestMemoryIsFlat(t *testing.T) {
	base := tried(t, Honest, false).Heap
	for name, sent := range map[string]uint64{"oversize": protocol.MaxAnswerBytes + 1<<20, "flood": 1 << 20, "zip-bomb": 1 << 16, "flood-miner": 0, "zip-bomb-page": 0} {
		r := tried(t, name, false)
		if most := base + 96<<20; r.Heap > most { // the adversary's own bytes are among them
			t.Errorf("%s: %d bytes of memory in use, at most %d are expected", name, r.Heap, most)
		}
		if r.Sent > sent*DefaultRounds {
			t.Errorf("%s: %d bytes were taken, at most %d are expected", name, r.Sent, sent*DefaultRounds)
		}
		if name == "flood-miner" && r.Reached*2 > r.Tried {
			t.Errorf("%v; want few of the strangers to get through", r)
		}
	}
}

// What leaves out checks or widens limits is the lab's alone: nothing that opens a node
// names it.
func TestNoSettingLeadsHere(t *testing.T) {
	names := regexp.MustCompile(`\bLeave\b|AnswerBut|ItemsBut|TakeExtensions|\bMaxPings\b|\bOverhead:|\bMaxAnswer:`)
	root, seen := filepath.Join("..", ".."), 0
	for _, dir := range []string{"config", "node", "cmd", "localnet", "miner"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
				return err
			}
			seen++
			text, err := os.ReadFile(path)
			if found := names.Find(text); found != nil {
				t.Errorf("%s names %s", path, found)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 50 {
		t.Errorf("%d files were read", seen)
	}
}

func TestUnknownName(t *testing.T) {
	if _, err := Run(t.Context(), "telepathy", Options{}); err == nil || !strings.Contains(err.Error(), "want one of replay, wrong-key") {
		t.Errorf("error %v", err)
	}
}

// A run that is cut short ends with an error and leaves nothing behind.
func TestCutShort(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, "replay", Options{}); err == nil {
		t.Error("no error")
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

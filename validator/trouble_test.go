package validator

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/assaynet/assay/source"
)

// logged opens the world's validator with a log that can be read.
func logged(t *testing.T, w *world, j Journal) (*Validator, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	v, err := Open(w.cfg, Deps{
		Signer: w.self, Journal: j, Chain: w.chain, Ledger: w.chain, Booth: w.chain, Rules: w.chain, Asker: w, Fetcher: w.site, Log: slog.New(slog.NewTextHandler(&out, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return v, &out
}

// Rounds in which no drawn page can be seen are the operator's business: told once,
// with the cure, and over as soon as one page is seen.
func TestRoundsThatDecideNothing(t *testing.T) {
	w := newWorld(t, "a", "b")
	v, out := logged(t, w, &memory{})
	w.site.fail = func(uri string) error {
		return &source.Error{URL: uri, Status: source.Refused, Reason: source.ReasonAddress}
	}
	rounds := func(n int) Status {
		t.Helper()
		if err := w.rounds(v, n); err != nil {
			t.Fatal(err)
		}
		return v.Status()
	}
	// Nothing is drawn in the first round, where roots are only receipted.
	if s := rounds(1 + droughtRounds - 1); s.Trouble != "" {
		t.Errorf("trouble after %d rounds: %s", droughtRounds-1, s.Trouble)
	}
	s := rounds(1)
	for _, want := range []string{"last 3 rounds", "refused (address)", "https://notes.example/n/", "--fetch.allow IP:PORT"} {
		if !strings.Contains(s.Trouble, want) {
			t.Errorf("trouble %q, want %q in it", s.Trouble, want)
		}
	}
	rounds(2)
	if n := strings.Count(out.String(), "level=WARN"); n != 1 {
		t.Errorf("%d warnings, want 1:\n%s", n, out)
	}
	w.site.fail = nil
	if s := rounds(1); s.Trouble != "" || !strings.Contains(out.String(), "rounds decide again") {
		t.Errorf("trouble goes on: %s", s.Trouble)
	}
}

// A closed round is one line of the log.
func TestRoundInTheLog(t *testing.T) {
	w := newWorld(t, "a", "b")
	v, out := logged(t, w, &memory{})
	if err := w.rounds(v, 1); err != nil {
		t.Fatal(err)
	}
	delete(w.miners, w.order[1].at)
	if err := w.rounds(v, 1); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `outcomes="answered=4"`) {
		t.Fatalf("the log is\n%s", out)
	}
	for _, want := range []string{`msg="round closed"`, "round=2", "block=4", "asked=2", "pages=", "took_ms=", `outcomes="answered=2 offline=2"`, `unanswered="dial=2"`} {
		if !strings.Contains(lines[1], want) {
			t.Errorf("%q is not in %s", want, lines[1])
		}
	}
}

// Whoever waits for a permit reads what is missing.
func TestWhyNoPermit(t *testing.T) {
	w := newWorld(t, "a")
	w.cfg.Account, w.cfg.MaxValidators = "0xacc", 64
	v, _ := logged(t, w, &memory{})
	w.chain.neurons[0].ValidatorPermit = false
	for _, want := range []string{
		"registered as uid 0 but holds no validator permit yet: it needs stake among the first 64",
		"not registered on netuid 7 as hotkey " + w.self.Hotkey().String() + ", address 0xacc; register it with: assay register",
	} {
		if err := w.rounds(v, 1); !errors.Is(err, errNoPermit) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		w.chain.neurons = w.chain.neurons[1:]
	}
}

// A seed that is lost beside a record is worth a warning; a first one is not.
func TestNewSecretsAreTold(t *testing.T) {
	w, j := newWorld(t, "a"), &memory{}
	for i, warns := range []bool{false, false, true} {
		if i == 2 {
			if err := os.Remove(w.cfg.SecretsPath); err != nil {
				t.Fatal(err)
			}
		}
		if _, out := logged(t, w, j); strings.Contains(out.String(), "new round secrets are announced") != warns {
			t.Errorf("start %d: want a warning %v, the log is %q", i+1, warns, out)
		}
	}
}

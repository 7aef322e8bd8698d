package counterfactual

import (
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/validator/golden"
)

// recorded are the entries of one of the golden records.
func recorded(t testing.TB, name string) (out []evidence.Entry) {
	t.Helper()
	bodies, err := golden.Bodies(name)
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range golden.Chain(bodies...) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

// each gives the entries of a record.
func each(entries []evidence.Entry) iter.Seq2[evidence.Entry, error] {
	return func(yield func(evidence.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// parametersOf is the text of the parameters that a record holds.
func parametersOf(t testing.TB, entries []evidence.Entry) []byte {
	t.Helper()
	for _, e := range entries {
		if b, ok := e.Body.(*evidence.Parameters); ok {
			return b.Source
		}
	}
	t.Fatal("the record has no parameters")
	return nil
}

// with is a parameter file in which some lines are replaced.
func with(t testing.TB, source []byte, lines ...string) []byte {
	t.Helper()
	out := strings.Split(string(source), "\n")
	for _, line := range lines {
		name, _, _ := strings.Cut(line, ":")
		found := false
		for i := range out {
			if strings.HasPrefix(out[i], name+":") {
				out[i], found = line, true
			}
		}
		if !found {
			t.Fatalf("the parameters have no %s", name)
		}
	}
	return []byte(strings.Join(out, "\n"))
}

// A record under the parameters that it was made by gives its own votes and every score
// to the bit, also where the file is written otherwise.
func TestSameParametersChangeNothing(t *testing.T) {
	for name, votes := range map[string]int{"fold1": 2, "fold2": 3, "fold3": 5} {
		entries := recorded(t, name)
		source := parametersOf(t, entries)
		p, err := scoring.DecodeParameters(source)
		if err != nil {
			t.Fatal(err)
		}
		rewritten, err := write(p)
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string]Rules{"the same text": {Parameters: source}}
		if name == "fold2" { // the shortest that has everything but labels
			texts["the same numbers"], texts["no text"] = Rules{Parameters: rewritten}, Rules{}
		}
		for text, r := range texts {
			c, err := Compare(each(entries), r)
			if err != nil {
				t.Fatalf("%s, %s: %v", name, text, err)
			}
			if len(c.Votes) != votes || c.VotesChanged() != 0 || len(c.Decisions) != 0 || len(c.Changed) != 0 || len(c.Kept) != 0 || c.Unknown != (Unknown{}) {
				t.Errorf("%s, %s: %d votes, %d of them changed, decisions %v, parameters %v and %v, unknown %+v",
					name, text, len(c.Votes), c.VotesChanged(), c.Decisions, c.Changed, c.Kept, c.Unknown)
			}
			for _, m := range c.Miners {
				if m.Before != m.After {
					t.Errorf("%s, %s: uid %d has %v and %v", name, text, m.UID, m.Before, m.After)
				}
			}
			if text == "the same text" && c.Digest != c.OtherDigest {
				t.Errorf("%s: the rules have the digests %s and %s", name, c.Digest, c.OtherDigest)
			}
		}
		sameBits(t, name, entries, source)
	}
}

// sameBits folds a record plainly and under a text of the same parameters, and compares
// the explanation of every miner after every closed round.
func sameBits(t *testing.T, name string, entries []evidence.Entry, source []byte) {
	t.Helper()
	plain, other := scoring.New(), newFold(Rules{Parameters: source})
	for _, e := range entries {
		read := restate(e, plain)
		if err := plain.Fold(e); err != nil {
			t.Fatal(err)
		}
		if _, err := other.take(read); err != nil {
			t.Fatal(err)
		}
		if _, ok := e.Body.(*evidence.Opened); ok {
			other.hear(plain.Asks())
		}
		if _, ok := e.Body.(*evidence.Closed); !ok {
			continue
		}
		if want, got := fmt.Sprintf("%+v", plain.Scores()), fmt.Sprintf("%+v", other.state.Scores()); want != got {
			t.Fatalf("%s: after entry %d the scores are\n%s\nwant\n%s", name, e.Seq, got, want)
		}
	}
}

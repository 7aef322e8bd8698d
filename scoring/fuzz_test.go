package scoring_test

import (
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/scoring"
)

func FuzzDecodeParameters(f *testing.F) {
	f.Add(scoring.DefaultParameters())
	f.Add([]byte("good: .nan"))
	f.Add([]byte("good: 0.9\ngood: 0.8"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := scoring.DecodeParameters(b)
		if err == nil && !(p.Bad < p.Good && p.Alpha > 0 && p.MaxTries >= 1) {
			t.Errorf("accepted %+v", p)
		}
	})
}

// FuzzFold folds any entry into a record, between rounds and inside one: it is
// folded or refused, and what follows is refused or folded, without a panic.
func FuzzFold(f *testing.F) {
	base := newWorld(f, 2)
	base.give(base.miners[0], base.posts(0, 10, "fork", true)...)
	base.play()
	base.play()
	between := len(base.entries)
	base.open()
	x, _ := base.exchange(base.miners[0])
	base.append(x)
	for _, e := range base.entries {
		f.Add(byte(e.Body.Kind()), e.Bytes, true)
	}
	f.Fuzz(func(t *testing.T, kind byte, b []byte, inside bool) {
		body, err := evidence.Decode(evidence.Kind(kind), b)
		if err != nil {
			return
		}
		entries := base.entries
		if !inside {
			entries = entries[:between]
		}
		s := scoring.New()
		for _, e := range entries {
			if err := s.Fold(e); err != nil {
				t.Fatal(err)
			}
		}
		next, err := evidence.Next(entries[len(entries)-1].Head(), body)
		if err != nil {
			return
		}
		if s.Fold(next) != nil {
			return
		}
		for _, body := range []evidence.Body{&evidence.Reference{Round: base.round}, &evidence.Closed{Round: base.round}} {
			if next, err = evidence.Next(next.Head(), body); err != nil {
				t.Fatal(err)
			}
			if s.Fold(next) != nil {
				break
			}
		}
		s.Scores()
		s.Vote()
		s.Asks()
		s.Refetch()
	})
}

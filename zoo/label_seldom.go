package zoo

import (
	"context"

	"github.com/assaynet/assay/protocol"
)

// Abstain answers only what it is sure of.
type Abstain struct {
	Expert Expert
	Least  float64 // how sure it has to be, 0 to 1
	Else   Mind    // what answers the rest; nil leaves it out
}

// Answer implements Mind.
func (a Abstain) Answer(ctx context.Context, t Task) (string, bool) {
	switch {
	case a.Expert.Sure(t) >= a.Least:
		return a.Expert.Answer(ctx, t)
	case a.Else == nil:
		return "", false
	}
	return a.Else.Answer(ctx, t)
}

// Told implements Marked.
func (a Abstain) Told(program string, marks []protocol.Mark) { tell(a.Else, program, marks) }

// Milk labels honestly for Good rounds from its first task on, then answers by Else for
// Bad rounds, and so on in turns; with Bad 0 it never labels honestly again.
type Milk struct {
	Expert    Expert
	Else      Mind
	Good, Bad uint64
	began     uint64 // round
	begun     bool
}

// Answer implements Mind.
func (m *Milk) Answer(ctx context.Context, t Task) (string, bool) {
	if !m.begun {
		m.begun, m.began = true, t.Round
	}
	at := t.Round - min(t.Round, m.began)
	if m.Bad > 0 {
		at %= m.Good + m.Bad
	}
	if at < m.Good {
		return m.Expert.Answer(ctx, t)
	}
	return m.Else.Answer(ctx, t)
}

// Told implements Marked.
func (m *Milk) Told(program string, marks []protocol.Mark) { tell(m.Else, program, marks) }

// Seldom looks at a share of the tasks, by lot, after Good rounds in which it looks at
// all.
type Seldom struct {
	Expert Expert
	Else   Mind
	Share  float64
	Good   uint64
	Seed   uint64
	first  Milk
}

// Answer implements Mind.
func (s *Seldom) Answer(ctx context.Context, t Task) (string, bool) {
	if s.first.Expert == nil {
		s.first = Milk{Expert: s.Expert, Else: s.Else, Good: s.Good}
	}
	if Fraction(s.Seed, "seldom", t.ID[:]) < s.Share {
		return s.Expert.Answer(ctx, t)
	}
	return s.first.Answer(ctx, t)
}

// Told implements Marked.
func (s *Seldom) Told(program string, marks []protocol.Mark) { tell(s.Else, program, marks) }

func tell(m Mind, program string, marks []protocol.Mark) {
	if marked, ok := m.(Marked); ok {
		marked.Told(program, marks)
	}
}

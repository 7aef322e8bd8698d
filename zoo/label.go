package zoo

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"strconv"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

// Mind decides on answers. It may be asked by several labellers at once where its owner
// lets it; those of a simulation are asked one after the other.
type Mind interface {
	// Answer answers a task; ok is false for one that is left out.
	Answer(ctx context.Context, t Task) (answer string, ok bool)
}

// Expert is a mind that looks at what is shown.
type Expert interface {
	Mind
	// Sure is how likely its answer to a task is right, 0 to 1, as far as it can tell.
	Sure(t Task) float64
}

// Learner is a mind that reads what validators publish.
type Learner interface{ Learn(body evidence.Body) }

// Marked is a mind that is told the truths of gold tasks of its own, once they are spent.
type Marked interface {
	Told(program string, marks []protocol.Mark)
}

// Task is one question about one subject, or about two side by side: left, right.
type Task struct {
	ID       item.Hash
	Program  Program
	Subjects []Subject
	// What only who runs the miner itself can see, zero elsewhere: the round in which it
	// was asked, and its time, and its place among the tasks of one hand-out.
	Round     uint64
	Asked     int64 // unix seconds
	Place, Of int
}

// Program is a labelling program, as a desk states it.
type Program struct {
	Name    string  `json:"name"`
	Answers Answers `json:"answers"`
	// Gold says that some tasks have a truth, as the program's file does. A desk does
	// not state it.
	Gold bool `json:"-"`
}

// Answers is the answer space of a program, as a desk states it.
type Answers struct {
	Type   string   `json:"type"` // category, ordinal, scalar, pairwise or verdict
	Labels []string `json:"labels"`
	Min    float64  `json:"min"`
	Max    float64  `json:"max"`
	Step   float64  `json:"step"`
}

// Subject is one of the items that a task shows.
type Subject struct {
	Title  string `json:"title"`
	Author string `json:"author"`
	Time   string `json:"time"` // RFC 3339
	Body   string `json:"body"`
}

// Choices are answers that the program allows, all of them where they can be listed.
func (a Answers) Choices() []string {
	switch program.AnswerType(a.Type) {
	case program.Category, program.Ordinal:
		return a.Labels
	case program.Scalar:
		number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
		return []string{number(a.Min), number(a.Max)}
	case program.Pairwise:
		return []string{program.AnswerLeft, program.AnswerRight, program.AnswerTie, program.AnswerNeither}
	case program.Verdict:
		return []string{program.AnswerAccept, program.AnswerReject}
	}
	return nil
}

// pairs reports whether tasks are of two subjects that are compared.
func (a Answers) pairs() bool { return program.AnswerType(a.Type) == program.Pairwise }

// Fingerprint tells subjects apart by what they say; a desk does not show content ids.
func (s Subject) Fingerprint() item.Hash { return Fingerprint(s.Title, s.Body) }

// Fingerprint is that of a subject with a title and a body.
func Fingerprint(title, body string) item.Hash {
	return item.Sum("assay/demo/subject", []byte(title), []byte(body))
}

// Fraction is a draw in [0, 1) that depends on nothing but its arguments.
func Fraction(seed uint64, purpose string, of []byte) float64 {
	b := binary.BigEndian.AppendUint64(nil, seed)
	b = append(append(append(b, purpose...), 0), of...)
	sum := sha256.Sum256(b)
	return float64(binary.BigEndian.Uint64(sum[:8])>>11) / (1 << 53)
}

func pickOf(choices []string, u float64) (string, bool) {
	if len(choices) == 0 {
		return "", false
	}
	return choices[int(u*float64(len(choices)))], true
}

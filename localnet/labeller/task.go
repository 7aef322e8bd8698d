package labeller

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"regexp"
	"strconv"

	"github.com/assaynet/assay/item"
)

// Answers is the answer space of a program, as a desk states it.
type Answers struct {
	Type   string   `json:"type"` // category, ordinal, scalar, pairwise or verdict
	Labels []string `json:"labels"`
	Min    float64  `json:"min"`
	Max    float64  `json:"max"`
	Step   float64  `json:"step"`
}

// Program is a labelling program, as a desk states it.
type Program struct {
	Name    string  `json:"name"`
	Answers Answers `json:"answers"`
}

// Subject is one of the items that a task shows.
type Subject struct {
	Title  string `json:"title"`
	Author string `json:"author"`
	Time   string `json:"time"`
	Body   string `json:"body"`
}

// Task is one question about one subject, or about two side by side: left, right.
type Task struct {
	ID       item.Hash
	Program  Program
	Subjects []Subject
}

// Mind decides on answers. It may be asked by several labellers at once.
type Mind interface {
	// Answer answers a task; ok is false for one that is left to others.
	Answer(ctx context.Context, t Task) (answer string, ok bool)
}

// The types of answer that the minds tell apart, and the answers of a pair.
const (
	category = "category"
	ordinal  = "ordinal"
	scalar   = "scalar"
	pairwise = "pairwise"
	verdict  = "verdict"

	left    = "left"
	right   = "right"
	tie     = "tie"
	neither = "neither"
)

// choices are answers that the program allows, all of them where they can be listed.
func (a Answers) choices() []string {
	switch a.Type {
	case category, ordinal:
		return a.Labels
	case scalar:
		number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
		return []string{number(a.Min), number(a.Max)}
	case pairwise:
		return []string{left, right, tie, neither}
	case verdict:
		return []string{"accept", "reject"}
	}
	return nil
}

// turned is an answer to a pair whose sides are exchanged.
func turned(answer string) string {
	switch answer {
	case left:
		return right
	case right:
		return left
	}
	return answer
}

var (
	slug = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	line = regexp.MustCompile(`^[^\x00-\x1f\x7f]{1,256}$`)
)

// check refuses a program for which nothing should be signed: what is signed is text of
// several lines, and a name or a label must not look like more than one.
func (p Program) check() error {
	if !slug.MatchString(p.Name) {
		return fmt.Errorf("the desk names a program %.40q, want up to 32 lower-case letters, digits and hyphens", p.Name)
	}
	if len(p.Answers.Labels) > maxLabels {
		return fmt.Errorf("program %s has %d labels, at most %d", p.Name, len(p.Answers.Labels), maxLabels)
	}
	for _, l := range p.Answers.Labels {
		if !line.MatchString(l) {
			return fmt.Errorf("program %s has the label %.40q, want one line of up to 256 characters", p.Name, l)
		}
	}
	return nil
}

const maxLabels = 64

// fingerprint tells subjects apart by what they say; a desk does not show content ids.
func (s Subject) fingerprint() item.Hash { return fingerprint(s.Title, s.Body) }

func fingerprint(title, body string) item.Hash {
	return item.Sum("assay/demo/subject", []byte(title), []byte(body))
}

// fraction is a draw in [0, 1) that depends on nothing but its arguments.
func fraction(seed uint64, purpose string, of []byte) float64 {
	b := binary.BigEndian.AppendUint64(nil, seed)
	b = append(append(append(b, purpose...), 0), of...)
	sum := sha256.Sum256(b)
	return float64(binary.BigEndian.Uint64(sum[:8])>>11) / (1 << 53)
}

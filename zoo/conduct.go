package zoo

import (
	"math/rand/v2"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
)

// Conduct is how one key of a miner behaves. A simulator calls it on virtual time, a
// localnet on that of its chain; both once a round, Act first.
type Conduct interface {
	// Act changes what the miner holds and shows, before it is asked.
	Act(h *Hand)
	// React decides on an answer to draws when it is known which items they land on.
	React(h *Hand, drawn []*item.Item) Reaction
}

// Reaction is what becomes of an answer to draws.
type Reaction uint8

// The reactions.
const (
	Answer Reaction = iota // it is given
	Stall                  // nothing is said until the time is over
	Refuse                 // a signed refusal
)

// Hand is what a miner can see and do. What a surrounding does not offer is nil: only
// a simulator offers Show, Rivals' secrets never.
type Hand struct {
	Block, Round, Epoch uint64
	Time                int64 // of the block, unix seconds
	Rand                *rand.Rand
	Program             *program.Program // whose items it serves
	// Collect takes up to n pages of the source that it did not take before, the newest
	// first: honest work.
	Collect func(n int) []*item.Item
	// Invent makes an item that looks like the source's, under an address where no page
	// is, with the label of a cell of the program.
	Invent func(label string) *item.Item
	// Cite makes an item under an address that may not be fetched, or, dead, one that
	// never answers.
	Cite func(label string, dead bool) *item.Item
	// Rival is what another miner showed by the last round, newest first, at most n items:
	// what a copier can take. The number says which rival.
	Rival func(number, n int) []*item.Item
	// Add puts items on a shelf. All shelves are shown until Show says otherwise.
	Add func(shelf string, items ...*item.Item)
	// Show names the shelves whose items make up the index from now on.
	Show func(shelves ...string)
	// Drawn are the items that a validator drew from this key in earlier rounds, as the
	// miner learns of them from what it is asked.
	Drawn func(*item.Item) int
	// Standing tells what everyone can see of a key on the chain: its share of the
	// incentive in the last epoch.
	Incentive func() float64
	// Renew gives this key up and registers another one, which begins with empty shelves
	// at the next epoch and costs the burn.
	Renew func()
}

// Honest collects Rate pages a round and answers everything.
type Honest struct{ Rate int }

// Act implements Conduct.
func (c Honest) Act(h *Hand) { h.Add("", h.Collect(c.Rate)...) }

// React implements Conduct.
func (Honest) React(*Hand, []*item.Item) Reaction { return Answer }

package zoo

import (
	"math/rand/v2"

	"github.com/assaynet/assay/item"
)

// Conduct is how one key of a miner behaves. A simulator calls it on virtual time, a
// localnet on that of its chain; both once a round, Act first.
type Conduct interface {
	// Act changes what the miner holds and shows, before it is asked.
	Act(h *Hand)
	// React decides on an answer to draws when it is known which items they land on.
	// Several validators may ask at once, so it must change nothing of the conduct.
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

// Look is how an invented item shall look.
type Look struct {
	Label string // of the program; empty is any
	Bytes int    // of its text; 0 is as the source's pages have
	Time  int64  // unix seconds; 0 is within the last round
}

// Hand is what a miner can see and do. What a surrounding does not offer is nil: only
// a simulator offers Show. The secret that draws come from is nowhere in it, unless a study
// leaves that defence out: then Foresee is there.
type Hand struct {
	Block, Round, Epoch uint64
	// Left is how many rounds are still to come before validators vote.
	Left uint64
	Time int64 // of the block, unix seconds
	Rand *rand.Rand
	// Labels are those of the program whose items the miner serves.
	Labels []string
	// Pace is how many items to invent in a round where nothing is collected.
	Pace int
	// Collect takes up to n pages of the source that it did not take before, the oldest
	// first: honest work, as careful as that of its peers. Archive takes pages that are too
	// old to be worth anything, which nobody else bothers about; long ones where it says so.
	Collect func(n int) []*item.Item
	Archive func(n int, long bool) []*item.Item
	// Invent makes an item that looks like the source's, under an address where no page
	// is.
	Invent func(Look) *item.Item
	// Cite makes an item under an address that may not be fetched, or, dead, one that
	// never answers.
	Cite func(label string, dead bool) *item.Item
	// Rivals is how many other miners collect, and Rival what one of them showed by the
	// last round, newest first, at most n items: what a copier can take.
	Rivals int
	Rival  func(number, n int) []*item.Item
	// Add puts items on a shelf. All shelves are shown until Show says otherwise. What the
	// program does not take, or the miner has already, is left out.
	Add func(shelf string, items ...*item.Item)
	// Show names the shelves whose items make up the index from now on.
	Show func(shelves ...string)
	// Drawn are the items that validators drew from this key since it acted last.
	Drawn []*item.Item
	// Asked is, in React, how often the same question was put before.
	Asked int
	// Incentive is what everyone can see of a key on the chain: its share of the incentive
	// in the last epoch.
	Incentive func() float64
	// Renew gives this key up and registers another one at the next epoch, for the burn.
	// It begins with the items of the named shelves.
	Renew func(shelves ...string)
	// Lot is where an item stands, from 0 to 1, in the order in which a round's draws find
	// room, if that followed from the number of the round; see scoring.KnownLot.
	Lot func(it *item.Item, round uint64) float64
	// Number makes the next version of the index have that number, or a later one.
	Number func(seq uint64)
	// Foresee tells where the next draws of all validators would land if some shelves were
	// shown; nil where draws follow from a secret.
	Foresee func(shelves ...string) []*item.Item
}

// all is more than any miner collects at once.
const all = 1 << 14

// collect is honest work, where there is a source.
func (h *Hand) collect() []*item.Item {
	if h.Collect == nil {
		return nil
	}
	return h.Collect(all)
}

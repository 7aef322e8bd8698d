package localnet

import (
	"encoding/binary"
	"slices"

	"github.com/assaynet/assay/protocol"
)

// The demo's subnet.
const (
	netuid         = 1
	validatorCount = 3
	roundBlocks    = 2
)

// Behaviour is what a miner of the demo does.
type Behaviour int

// The behaviours.
const (
	Honest    Behaviour = iota
	Fabricate           // invents posts that look right
	Copy                // serves the first honest miner's data as its own
	Stall               // shows its roots and never answers a draw
)

// Mind is how a miner of the demo labels.
type Mind int

// The minds.
const (
	NoLabels Mind = iota // it has no desk
	Studied              // a classifier that learned from mails, with a taste of its own
	Constant             // gives the same answer to everything
	Coin                 // answers by chance
	Copies               // looks for the answers that others gave, in what validators publish
	Colludes             // answers by a secret that it shares, so that the two agree
	Person               // whoever opens the page of its desk
)

// Profile is a miner of the scenario.
type Profile struct {
	Name      string
	Behaviour Behaviour
	Topics    []string // what it collects
	Rate      float64  // requests a second
	Start     uint64   // the block at which it joins
	Mind      Mind
	Study     int // of a mind that studied: which one
}

// The scenario states what the acceptance of the demo rests on. The topics that
// only one honest miner collects make up more than a tenth of what it holds, so
// each reaches at least a tenth of its items first. Honest rows fail a spot check
// only where a post vanished after it was collected: at most the site's stated
// share, which the controls measure, so at least 99 % pass after declared noise.
//
// The last honest miner joins when an epoch is nearly over; it is first with the
// two topics that nobody else collects.
//
// The honest ones label too, each with another study, and two do nothing else. Five
// label in ways that must not pay, and collect nothing. A miner that lies about what it
// collects has no desk, so that its pay tells of one thing.
func scenario() []Profile {
	return []Profile{
		{Name: "honest-1", Topics: []string{"fork", "spamassassin-talk", "misc"}, Rate: 60, Mind: Studied, Study: 0},
		{Name: "honest-2", Topics: []string{"ilug", "spamassassin-talk", "misc"}, Rate: 40, Mind: Studied, Study: 1},
		{Name: "honest-3", Topics: []string{"razor-users", "spamassassin-talk", "zzzzteana"}, Rate: 50, Mind: Studied, Study: 2},
		{Name: "honest-4", Topics: []string{"rpm-zzzlist", "zzzzteana", "misc"}, Rate: 30, Mind: Studied, Study: 3},
		{Name: "honest-5", Topics: []string{"exmh-users", "exmh-workers", "zzzzteana"}, Rate: 60, Start: 8, Mind: Studied, Study: 4},
		{Name: "honest-6", Mind: Studied, Study: 5},
		{Name: "honest-7", Mind: Studied, Study: 6},
		{Name: "fabricate", Behaviour: Fabricate},
		{Name: "copy", Behaviour: Copy},
		{Name: "stall", Behaviour: Stall, Topics: []string{"fork", "ilug", "razor-users"}, Rate: 40},
		{Name: "label-constant", Mind: Constant},
		{Name: "label-coin", Mind: Coin},
		{Name: "label-copy", Mind: Copies},
		{Name: "label-collude-1", Mind: Colludes},
		{Name: "label-collude-2", Mind: Colludes},
	}
}

// you is the miner whose desk is there for whoever runs the demo.
const you = "you"

// copied is the miner whose store the copier is handed.
const copied = "honest-1"

// stakes of the validators in the genesis, in rao: unequal, none above half.
func stakes() []uint64 { return []uint64{4_000e9, 3_500e9, 2_500e9} }

// keyOf derives a node's key from the run's seed.
func keyOf(seed uint64, name string) *protocol.Key {
	return protocol.DeriveKey(slices.Concat([]byte("assay localnet "), binary.BigEndian.AppendUint64(nil, seed), []byte(name)))
}

package scoring

import (
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Judged is a task whose answers are in and whose truth, if there is one, is known.
// Labels are made from these.
type Judged struct {
	Program  string
	Round    uint64 // in which it was asked
	Closed   uint64 // the round in which it was judged
	Subjects []item.Hash
	// Items are the encodings of the subjects, in the same order: ascending by id.
	Items [][]byte
	Truth string // of a gold task; empty of others
	// Answers are those that came in time, by hotkey. Of a pair, left is Subjects[0],
	// on whichever side it was shown.
	Answers []JudgedAnswer
}

// JudgedAnswer is one miner's answer. The miner is the rater; its labellers' keys are
// free, so they say nothing of who thinks alike.
type JudgedAnswer struct {
	Miner    protocol.Hotkey
	Answer   string
	Labeller string
	Comment  string
	Millis   uint32
	// Assignment is the digest of the request that handed the task out to the miner.
	Assignment item.Hash
	// Passed says that the miner had passed the program's exam when the task was
	// judged. Answers of others are for the record.
	Passed bool
}

// OnJudged has a function called with every task that is judged, in the order of the
// record. It is for those who read a record to make something of it.
func (s *State) OnJudged(f func(Judged)) { s.onJudged = f }

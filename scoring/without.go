package scoring

import (
	"errors"
	"slices"
)

// LeftOut are the rules that Parameters.Without may name, with what holds instead.
func LeftOut() map[string]string {
	return map[string]string{
		WithoutRefetch:    "no page is looked up: what a miner shows passes",
		WithoutValid:      "value counts what failed its check as it does what passed; only standing tells them apart",
		WithoutStrata:     "a whole index is judged as one: standing, worth, by draws of bytes alone, and no verdict on a cell",
		WithoutCredit:     "everyone who shows an item is credited for it",
		WithoutProven:     "bytes count as they are at the vote, not as they were when they were drawn from",
		WithoutResolved:   "what could not be decided is paid as if it had passed",
		WithoutFreshness:  "old items are worth as much as new ones",
		WithoutUnanswered: "a question that is never answered costs nothing, and who answers none is paid on",
		WithoutTotal:      "diminishing returns are each key's own",
		WithoutClaims:     "what all miners show in a cell divides its pay, checked or not",
		WithoutSeen:       "a miner has as many bytes as its newest root states, whether or not draws landed there",
		WithoutContrast:   "answers are judged by plain agreement with their reference",
		WithoutWithheld:   "a gold task that was left out costs nothing",
		WithoutVerdicts:   "no cell is rejected or put on trial",
		WithoutMedian:     "without gold a rater stands by all its rows together",
		WithoutLot:        "the order in which draws find room is known before roots are shown",
		WithoutWaiting:    "a root, or a cell, may be forgotten while draws from it wait for their pages",
		WithoutPrecedence: "who is known to come later is taken to be as early where that cannot be told",
	}
}

// The names of rules that can be left out.
const (
	WithoutRefetch    = "refetch"
	WithoutValid      = "valid"
	WithoutStrata     = "strata"
	WithoutCredit     = "credit"
	WithoutProven     = "proven_amount"
	WithoutResolved   = "resolved"
	WithoutFreshness  = "freshness"
	WithoutUnanswered = "unanswered"
	WithoutTotal      = "total"
	WithoutClaims     = "claims"
	WithoutSeen       = "seen"
	WithoutContrast   = "contrast"
	WithoutWithheld   = "withheld"
	WithoutVerdicts   = "verdicts"
	WithoutMedian     = "median"
	WithoutLot        = "lot"
	WithoutWaiting    = "waiting"
	WithoutPrecedence = "precedence"
)

// ErrWithout is what a node says to parameters that leave rules out.
var ErrWithout = errors.New("without: rules are left out; that is for simulations, and no validator runs with it")

// without reports whether a rule is left out.
func (s *State) without(rule string) bool { return slices.Contains(s.params.Without, rule) }

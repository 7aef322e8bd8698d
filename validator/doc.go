// Package validator runs rounds: it plans them, asks the miners, verifies what
// they answer, records it, folds the record into scores and votes. round.go reads
// like that list.
//
// Everything that a score depends on is in the record before it counts, and every
// choice that a validator could bend is either a pure function of what stands
// there (plan.go, script.go, verify.go) or a witness's word (reference.go). Replay
// recomputes the first kind with the same functions and compares. A record is
// written before anyone hears of it: Opened before the first question, Intent
// before the chain.
package validator

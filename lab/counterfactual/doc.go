// Package counterfactual folds a record under other scoring parameters than those that
// it was made by: what each vote would have been, who would have gained and lost, and
// which decision changed first.
//
// What was asked and answered stays as it is recorded. Under other rules a validator would
// have asked some things otherwise, and miners would have acted otherwise; neither can be
// known, and a Comparison says where that matters:
//
//   - Draws are the recorded ones. The watch decides from whom more is drawn.
//   - Who had an item first is settled by the keys that were asked for in the record. What
//     other rules would have asked for in its place was never asked, and is left out of what
//     pay follows from.
//   - How often a question is put, how many keys are asked for and how long they are
//     remembered are facts of the record: max_tries, claims_per_round and claim_memory keep
//     the values that they were recorded with.
//   - Hand-outs of labelling work are the recorded ones.
//
// The votes of one record are those of one validator. What the chain makes of them follows
// from all validators' votes.
package counterfactual

// Package yuma computes one epoch of a Bittensor subnet, known as Yuma
// Consensus, with the same bits as the chain: from stakes, permits, the weights
// that validators stored and the bonds of the epoch before, it derives
// consensus, incentive, dividends, the next bonds and permits, and how the
// subnet's emission is split.
//
// It follows the sparse epoch of the subtensor runtime as of mid 2026. Every
// quantity is a non-negative binary fixed-point number with 32 fraction bits,
// held as its raw integer in a uint64 (1.0 is 1<<32); the chain stores the same
// integer as I32F32. Products and quotients are rounded down term by term and
// sums are exact, so the order of evaluation never shows in a result.
//
// The stages, in the order Workspace.Epoch runs them:
//
//	stake.go      activity, normalised stake S, permits, active stake A
//	weights.go    order and sums of what is stored, then the stored weights
//	              without masked entries, rows summing to one: W
//	consensus.go  per column, the stake-weighted median C; median.go finds one
//	trust.go      validator trust, ranks and incentive from min(W, C), and the
//	              weights that bonds follow
//	bonds.go      what both kinds of bonds share
//	yuma2.go      bonds as shares of a column
//	yuma3.go      bonds as absolute amounts; liquid.go with liquid alpha, whose
//	              rates alpha.go finds, mostly by bracket.go, else by exp.go
//	emission.go   the split of the emission and the stored forms
//
// With z weights, b stored bonds, n neurons and v validators an epoch takes
// O(z log v + b + n log n) time and O(z + b + n) memory. The package is pure: no
// I/O, clock, randomness, goroutines or package state.
package yuma

// Package simulate runs a subnet on virtual time: pages that appear and vanish, miners
// that collect them or lie, validators, and a chain with its epochs.
//
// What validators do is production code: the plan of a round, the choice of labelling
// tasks, the fold, the vote, and yuma. What is left out is what would only cost time:
// sockets, signatures and proofs. A call to a miner is stated by its reading (see
// evidence.Told) instead of being encoded, signed, sent and opened; a page is looked up
// instead of being fetched. Everything follows from the scenario and its seed.
package simulate

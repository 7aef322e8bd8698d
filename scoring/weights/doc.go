// Package weights turns what workers earned into the weights of a vote.
//
// Pay, Value and Cell are the rule that ships: a cell's network total is shared in
// proportion and multiplied by a power of the standing. Quantise makes the sixteen
// bits of the vote. Bounded and Softmax are the two families that are common
// elsewhere, for comparison and for other uses. Emit, Split, Cap, Process, Row and
// Bonds reproduce the weight functions of the Bittensor SDK (opentensor/bittensor,
// version 10.2, bittensor/utils/weight_utils.py), down to where it rounds and in which
// precision.
//
// The package is pure, and every function is one of plain numbers.
package weights

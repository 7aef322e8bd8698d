// Package coverage measures how much of a target a collection covers, how much of that
// is new, and how fresh it is. Pay follows coverage, not volume.
//
// [HyperLogLog] counts the different rows of collections too large to hold and unites
// them; [KMV] also says how much two of them share. [Abundance] extrapolates from the
// rows seen to those not seen. [Contributions] is exact: what each collection, in the
// order of its commitment, adds to those before it and alone holds.
//
// Sketches hash rows under a secret seed. With a hash that a miner can compute, he picks
// rows whose hashes raise the registers of a HyperLogLog or are the smallest of a KMV,
// and a few thousand rows look like billions. A seed that nobody could know before the
// commitment prevents it.
package coverage

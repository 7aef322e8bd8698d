// Package characteristic gives the operating characteristics of rules that accept or
// reject a miner by re-fetching some of its items: those that ship, a test of fixed size,
// and the rule of another network. Theory is exact, by dynamic programming or by the
// binomial law; simulation plays the rules row by row.
package characteristic

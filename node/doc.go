// Package node is the one composition root: it opens a role (miner, validator,
// devnet) from its settings, and knows in which order its parts start and stop.
// The commands and the localnet open roles through here and nowhere else.
//
// A role opens in this order, each step failing with a clear error before the
// next: the data folder's lock, key, rules, sockets, chain, data. It stops in the
// opposite order: what is in hand is finished, then the data are closed.
package node

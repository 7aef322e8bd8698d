//go:build race

package localnet

// pace is how many times slower the chain of a test runs than it does at its fastest: the
// race detector makes every node slower.
const pace = 3

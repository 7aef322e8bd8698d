//go:build !race

package localnet

// pace is how many times slower the chain of a test runs than it does at its fastest.
const pace = 1

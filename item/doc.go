// Package item says what a piece of data is, what it is called, and how a miner
// commits to a set of them.
//
// An [Item] is immutable and named by its content id, the digest of its kind,
// its canonical source URI and its canonical bytes. Label, contributor, licence
// and parents stand beside the content: changing them makes nothing new.
// [Record] is the content of the first kind, and [CanonicalURI] gives one source
// one spelling.
//
// A [Tree] is the committed index: a Merkle-sum tree over keys of bucket and
// content id. A [Prover] opens the nodes of one or more trees that answer a set
// of questions, and an [Opening] checks them against roots alone. node.go writes
// down the bytes that are hashed, opening.go what a verifier demands of them.
//
// The package is pure: it does no I/O and knows no clock and no randomness.
package item

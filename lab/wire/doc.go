// Package wire tries the attacks of the zoo that are made on the wire against a small
// subnet over loopback sockets: one production validator with its transport, fetcher
// and fold, two honest production miners, and one adversary that holds the data of the
// first of them. The chain is a stand-in whose blocks come when the lab says so.
//
// The verdict on such an attack is what the validator records of it, and what the
// adversary is paid beside the miner whose data it holds. Each attack names the
// defence that it runs against; Options.Undefended leaves that out, which shows that
// the attack does something.
package wire

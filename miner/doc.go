// Package miner keeps what a miner has, commits to it, and answers for it.
//
// The store is one SQLite database, miner.db, in a folder that one process at a
// time may hold. Items are taken in from sources, each with a cursor that is
// stored in the same transaction as the last of the items it covers, so that a
// crash loses nothing and doubles nothing. Items are never changed or deleted:
// they are numbered in the order of arrival, and a root of the index commits to
// the first so many of them.
//
// A root is signed and stored before anyone is shown it, and there is one for
// each sequence number; the newest and a thinning history of older ones (see
// item.KeepVersion) are kept as trees in memory, rebuilt from the store when it
// is opened. Requests are answered from these trees. What a validator hands over,
// its receipts and the heads of its record, is stored before it is answered.
//
// What labellers answered stands in the same index. It is shown to the validator that
// handed the work out alone, and not before its last round has passed.
package miner

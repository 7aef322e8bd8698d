// Package publish shows a validator's record to whoever wants to check its votes,
// and fetches one from there.
//
// Only what can no longer give a hidden vote away is shown: up to a horizon that the
// validator moves. Two paths answer GET, and nothing else is there:
//
//	/evidence/v1/head            Head as JSON: whose record it is, the last entry
//	                             that is shown, how many after it are withheld
//	/evidence/v1/entries?from=N  a page of entries from entry N (1 is the first) on
//
// A page is the number of its first entry (8 bytes), the digest of the entry before
// that (32 bytes, zeros before the first), and then for each entry its kind (1
// byte), the length of its body (4 bytes) and the body, in the canonical encoding
// that the digests are over. Numbers are big-endian. Together these are what
// rebuilds the hash chain; a page has at least one entry and at most MaxPageEntries.
package publish

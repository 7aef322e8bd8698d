// Package duplicate finds texts that are equal or nearly equal, and says what a copy
// is worth and when two collections overlap more than chance allows.
//
// A text is made canonical ([Canonical]), cut into shingles ([Signer.Shingle]) and
// signed ([Signer.Sign]). [Banding.Candidates] finds the pairs whose signatures share
// a band, and [Jaccard] compares the shingles of such a pair: a signature proposes,
// only the comparison of the sets decides. Texts with equal sets are found by their
// [Fingerprint] before, so that a thousand copies of one text are a thousand pairs and
// not half a million. [SimHash] is the other sketch, for long pages.
//
// Every hash here is keyed by a seed. Who knows the seed can write near-copies that
// share no band, or texts without likeness that share all of them, so a validator uses
// a seed that nobody could know when the texts were committed.
//
// The work for one text is a pure function of the text, and a Signer is read only
// after it was made: a caller may sign on several cores, each with a [Set] of its own.
package duplicate

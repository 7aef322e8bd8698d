// Package evidence is the words of the record: what a validator asked, was
// answered, saw and decided, as entries with one canonical encoding each.
//
// A record is a hash chain. The digest of an entry binds its predecessor's, so
// that a head names everything before it. Scores follow from the entries alone
// (package scoring folds them); evidence/log keeps them durably.
package evidence

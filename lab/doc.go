// Package lab keeps what researchers try: run folders with a manifest and tables, sweeps
// over parameters and searches for better ones.
//
// A run folder holds manifest.json and, for each table, NAME.parquet and NAME.csv with the
// same rows (rows.go). It follows from the seed alone: no time of day, no host, the same
// bytes each time. Every file is written under another name, made durable and renamed, the
// manifest last, so that a crash or a full disk loses no finished table; the same command
// goes on with a run that was cut.
package lab

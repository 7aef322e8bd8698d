// Package export writes what a subnet made into files that others use without this
// program: labelled data as Parquet, with a Hugging Face dataset card, a Croissant
// description, checksums, and who judged what.
//
// Its input is the records of one or more validators, of which Read takes the tasks that
// are judged, and Merge makes labels by package scoring/aggregate. Write fills a folder.
//
// Equal records give equal bytes: nothing here looks at the clock, and a dataset bears the
// time of the last block that its records tell of.
package export

// Package report writes what a run of the lab found as one HTML file, which loads nothing,
// runs no script and can be printed. Each section has a title that states what its table
// says, a drawing, and the numbers behind it.
//
// Equal data give equal bytes. Names come from scenario files that strangers may have
// written, so each is cleaned, cut and escaped. What is drawn and listed is bounded; where
// something is left out, the file says what and where it stands.
package report

// Package lab keeps what researchers try: run folders with a manifest and tables, sweeps
// over parameters and searches for better ones.
package lab

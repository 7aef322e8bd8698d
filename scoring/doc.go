// Package scoring turns evidence into weights. It is pure: no I/O, no clock, no
// randomness, and nothing that differs between machines.
//
// State.Fold is the only way any score changes; the validator that runs live and
// the replay of its record share it. Floating point is used only through the
// kernels of scoring/kernel: products are written float64(x*y) so that
// no compiler fuses them, sums run in one order, and no function of package math
// that has assembly is called.
package scoring

// Package kernel has the elementary and special functions that scores are made of.
//
// Each is pure Go and gives the same bits on every machine: package math has
// assembly for some of them on some machines, and its compiler may fuse a product
// with a sum. Here a product that is added to is written float64(x*y), which forbids
// that, and every sum runs in one order. What package math does exactly by IEEE 754,
// as Sqrt and Abs, is used as it is.
//
// Arguments outside of a function's domain give NaN, unless its comment says
// otherwise.
package kernel

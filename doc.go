// Package assay is the root of the module, which holds one binary, cmd/assay: a
// node for data subnets. The package itself is empty. Its tests check rules that
// concern the whole repository: which package may import which, that each one says
// what it is for, and that each dependency has a reason.
package assay

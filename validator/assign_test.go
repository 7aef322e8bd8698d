package validator

import "github.com/assaynet/assay/chain"

var (
	_ Chain  = (*chain.Client)(nil)
	_ Ledger = (*chain.Client)(nil)
)

package node

import (
	"context"
	"log/slog"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/wallet"
)

// OpenWriter connects to the configured chain as an account, or as nobody to read
// only. Close ends it.
func OpenWriter(ctx context.Context, cfg config.Chain, account *wallet.Account, log *slog.Logger) (*chain.Client, error) {
	return dialChain(ctx, cfg, account, nil, log)
}

// OpenReader connects to the configured chain without a key: what it gives reads
// and writes nothing. Close ends it.
func OpenReader(ctx context.Context, cfg config.Chain, log *slog.Logger) (*chain.Client, error) {
	return dialChain(ctx, cfg, nil, nil, log)
}

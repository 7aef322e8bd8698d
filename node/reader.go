package node

import (
	"context"
	"log/slog"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/config"
)

// OpenReader connects to the configured chain without a key: what it gives reads
// and writes nothing. Close ends it.
func OpenReader(ctx context.Context, cfg config.Chain, log *slog.Logger) (*chain.Client, error) {
	return dialChain(ctx, cfg, nil, nil, log)
}

package publish

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
)

// Limits of the server.
const (
	serverConnections = 64
	serverHeaderBytes = 8 << 10
	serverHeaderTime  = 5 * time.Second
	serverWriteTime   = 2 * time.Minute // pages have less, by their length
	serverIdleTime    = time.Minute
)

// Serve answers on a listener until ctx ends.
func Serve(ctx context.Context, l net.Listener, h *Handler) error {
	server := &http.Server{
		Handler: h, MaxHeaderBytes: serverHeaderBytes,
		ReadHeaderTimeout: serverHeaderTime, ReadTimeout: serverHeaderTime, WriteTimeout: serverWriteTime, IdleTimeout: serverIdleTime,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(netutil.LimitListener(l, serverConnections)); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the record: %w", err)
	}
	return nil
}

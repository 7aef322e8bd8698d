package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/config"
)

// Limits of asking a node for its health.
const (
	healthTime  = 5 * time.Second
	healthBytes = 64 << 10
)

// health builds "assay health", which images without a shell use to check a node.
func (a *app) health() *cobra.Command {
	cfg := &struct {
		Ops  config.Ops
		Live bool `key:"live" help:"ask only whether the process turns over, not whether it can do its duty"`
	}{Ops: config.Ops{Listen: config.MinerOps}}
	cmd := &cobra.Command{
		Use:     "health",
		Short:   "Ask a running node whether it can do its duty.",
		Example: "  assay health --ops.listen " + config.ValidatorOps + "\n  assay health --live",
		Args:    noArgs,
	}
	s := a.bind(cmd, cfg)
	cmd.RunE = func(*cobra.Command, []string) error {
		if err := s.load(); err != nil {
			return err
		}
		path := "/readyz"
		if cfg.Live {
			path = "/livez"
		}
		return askHealth(a.out, cfg.Ops.Listen, path)
	}
	return cmd
}

func askHealth(out io.Writer, listen, path string) error {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("address of the node: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // where a node that listens everywhere is found
	}
	ctx, cancel := context.WithTimeout(context.Background(), healthTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+path, nil)
	if err != nil {
		return fmt.Errorf("ask for health: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask for health: %w", err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(out, io.LimitReader(res.Body, healthBytes)); err != nil {
		return fmt.Errorf("read health: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the node at %s says %s", listen, res.Status)
	}
	return nil
}

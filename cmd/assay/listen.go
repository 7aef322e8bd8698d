package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"syscall"
)

// listenPage binds the localnet's page before anything else starts. An address
// that nobody asked for gives way to a free port, and says so; one that was asked
// for must be had.
func listenPage(address string, given bool, talk io.Writer) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err == nil {
		return l, nil
	}
	if given || !errors.Is(err, syscall.EADDRINUSE) {
		return nil, withCode(codeNetwork, fmt.Errorf("listen on %s for the page: %w; choose another with --listen, port 0 picks a free one", address, err))
	}
	host, _, _ := net.SplitHostPort(address)
	l, err = net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, withCode(codeNetwork, fmt.Errorf("listen on %s for the page: %w", host, err))
	}
	fmt.Fprintf(talk, "assay: %s is taken, the page is on %s instead\n", address, l.Addr())
	return l, nil
}

// randomSeed is short enough to be typed again.
func randomSeed() uint64 { return uint64(rand.Uint32N(1e9)) + 1 }

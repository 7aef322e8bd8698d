package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/ethereum/go-ethereum/rpc"
	"github.com/gorilla/websocket"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/database"
	record "github.com/assaynet/assay/evidence/log"
	"github.com/assaynet/assay/evidence/publish"
	"github.com/assaynet/assay/localnet"
	"github.com/assaynet/assay/miner"
	"github.com/assaynet/assay/node"
)

func TestExitCodes(t *testing.T) {
	_, dial := net.Dial("tcp", "127.0.0.1:1")
	_, open := os.Open("/nonexistent/file")
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, codeOK},
		{errors.New("anything"), codeUnexpected},
		{config.Problems{{Where: "--x", Text: "wrong"}}, codeUsage},
		{usageError{errors.New("x")}, codeUsage},
		{&config.KeyError{Path: "k"}, codeKey},
		{&chain.Error{Name: chain.ErrNameNoPermit}, codeRefused},
		{&chain.Error{Name: chain.ErrNameNotRegistered}, codeDeregistered},
		{&fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}, codeData},
		{syscall.ENOSPC, codeData},
		{open, codeData},
		{dial, codeNetwork},
		{context.DeadlineExceeded, codeTimeout},
		{errInterrupted, codeInterrupted},
		{record.ErrLocked, codeSecondInstance},
		{miner.ErrLocked, codeSecondInstance},
		{localnet.ErrLocked, codeSecondInstance},
		{&node.InvalidError{Path: "p.yaml", Err: errors.New("bad")}, codeInvalid},
		{miner.ErrCorrupt, codeData},
		{&record.CorruptError{Seq: 3, What: "it is missing"}, codeData},
		{&node.InvalidError{Path: "p.yaml", Err: open}, codeInvalid},
		{&database.CorruptError{What: "devnet.db is empty"}, codeData},
		{chain.ErrNoSubnet, codeInvalid},
		{&chain.Error{Name: chain.ErrNameNoSubnet}, codeInvalid},
		{chain.ErrEndpoint, codeUsage},
		{publish.ErrAddress, codeUsage},
		{publish.ErrNoRecord, codeInvalid},
		{localnet.ErrOtherRun, codeInvalid},
		{websocket.ErrBadHandshake, codeNetwork},
		{rpc.HTTPError{StatusCode: 404}, codeNetwork},
		{withCode(codeSecondInstance, dial), codeSecondInstance},
	} {
		for _, err := range []error{c.err, wrapped(c.err)} {
			if got := exitCode(err); got != c.want {
				t.Errorf("%v: exit code %d, want %d", err, got, c.want)
			}
		}
	}
}

func wrapped(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("do something: %w", err)
}

// Only a chain that does not answer, and only the devnet, asks whether it runs.
func TestDevnetHint(t *testing.T) {
	_, dial := net.Dial("tcp", "127.0.0.1:1")
	_, listen := net.Listen("tcp", "192.0.2.1:1")
	for _, c := range []struct {
		err     error
		network string
		hint    bool
	}{{dial, "devnet", true}, {dial, "finney", false}, {listen, "devnet", false}} {
		err := hintDevnet(wrapped(c.err), config.Chain{Network: c.network})
		if got := strings.HasSuffix(err.Error(), "start one with: assay devnet"); got != c.hint || exitCode(err) != codeNetwork {
			t.Errorf("%s: %v", c.network, err)
		}
	}
}

func TestExitCodesDoc(t *testing.T) {
	const path = "../../docs/exit-codes.md"
	if *rewrite {
		if err := os.WriteFile(path, []byte(exitCodesDoc()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != exitCodesDoc() {
		t.Error("docs/exit-codes.md is out of date: go test ./cmd/assay -run TestExitCodesDoc -rewrite")
	}
}

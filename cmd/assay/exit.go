package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/ethereum/go-ethereum/rpc"
	"github.com/gorilla/websocket"
	"modernc.org/sqlite"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/database"
	"github.com/assaynet/assay/desk"
	"github.com/assaynet/assay/devnet"
	record "github.com/assaynet/assay/evidence/log"
	"github.com/assaynet/assay/evidence/publish"
	"github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/localnet"
	"github.com/assaynet/assay/miner"
	"github.com/assaynet/assay/node"
	"github.com/assaynet/assay/validator"
)

// The exit codes, stable for scripts and service managers.
const (
	codeOK             = 0
	codeUnexpected     = 1
	codeUsage          = 2
	codeNetwork        = 10
	codeKey            = 11
	codeInvalid        = 12
	codeRefused        = 13
	codeData           = 14
	codeTimeout        = 15
	codeDeregistered   = 20
	codeSecondInstance = 21
	codeInterrupted    = 130
)

// errInterrupted is a job that a signal ended before it had a result.
var errInterrupted = errors.New("interrupted")

// exitRule is one row of the table from errors to exit codes.
type exitRule struct {
	code    int
	name    string
	meaning string
	is      func(error) bool // nil: only by withCode
}

// exitRules is the table, first match first.
func exitRules() []exitRule {
	return []exitRule{
		{codeInterrupted, "interrupted", "Stopped by a second signal, or by the first one where a command then has no result.", is(errInterrupted)},
		{codeUsage, "usage", "The command line, the environment or the settings file is wrong, or a file given to `assay programs check`, or to `assay lab accept`, `agreement`, `dupes`, `epoch`, `rank` or `truth`. Every problem is printed with its place.", isUsage},
		{codeKey, "key", "The file of the hotkey or of its passphrase is missing, is open to others, or holds none; or the passphrase is wrong; or a coldkey was named, which is never opened.", as[*config.KeyError]},
		{codeDeregistered, "deregistered", "The hotkey is not, or no longer, registered on the subnet. A restart does not help; the data is kept.", isDeregistered},
		{codeSecondInstance, "second instance", "Another process has the data directory open. A restart does not help.", anyOf(database.ErrLocked, localnet.ErrLocked, lab.ErrInUse)},
		{codeRefused, "refused", "The chain refused a call for a reason that waiting does not cure. The message has the chain's own name for it.", isRefused},
		{codeInvalid, "invalid", "What was given to work on is not valid: a program or parameter file that is missing or has a mistake, a folder that holds no record to replay, explain or export, records without a label to export, a folder to export to that is not empty, a scenario or a space of parameters with a mistake, a run folder that holds another run, a finished one or none, an address where no record is published, a subnet that does not exist, a chain or a data directory that belongs to another network or to a run with other settings, the folder of another role.", isInvalid},
		{codeData, "data", "The data directory cannot be read or written: a full disk, missing rights, a corrupt file.", isData},
		{codeTimeout, "timeout", "Something did not answer in time.", is(context.DeadlineExceeded)},
		{codeNetwork, "network", "An address cannot be listened on or reached, or something else than a chain node answers there.", isNetwork},
		{codeUnexpected, "unexpected", "Any other error. `assay lab replay` also ends with it when a record does not replay, and `assay health` when the node is not ready.", func(error) bool { return true }},
	}
}

// codedError is an error whose exit code is known where it was made.
type codedError struct {
	code int
	err  error
}

func (e codedError) Error() string { return e.err.Error() }
func (e codedError) Unwrap() error { return e.err }

// withCode gives err an exit code of its own.
func withCode(code int, err error) error { return codedError{code, err} }

// exitCode is the code that the process ends with after err.
func exitCode(err error) int {
	if err == nil {
		return codeOK
	}
	if c, ok := errors.AsType[codedError](err); ok {
		return c.code
	}
	for _, r := range exitRules() {
		if r.is != nil && r.is(err) {
			return r.code
		}
	}
	return codeUnexpected
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func anyOf(targets ...error) func(error) bool {
	return func(err error) bool {
		return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
	}
}

func as[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func isUsage(err error) bool {
	return as[usageError](err) || config.IsProblem(err) || anyOf(publish.ErrAddress, chain.ErrEndpoint)(err)
}

func isDeregistered(err error) bool {
	e, ok := errors.AsType[*chain.Error](err)
	return ok && e.Name == chain.ErrNameNotRegistered
}

// isRefused leaves out a subnet that does not exist: which way the chain says that
// makes no difference.
func isRefused(err error) bool { return as[*chain.Error](err) && !isNoSubnet(err) }

func isNoSubnet(err error) bool {
	e, ok := errors.AsType[*chain.Error](err)
	return ok && e.Name == chain.ErrNameNoSubnet || errors.Is(err, chain.ErrNoSubnet)
}

func isData(err error) bool {
	return as[*fs.PathError](err) || as[*sqlite.Error](err) || as[*database.CorruptError](err) || as[*record.CorruptError](err) ||
		anyOf(syscall.ENOSPC, syscall.EDQUOT, miner.ErrCorrupt, record.ErrFailed)(err)
}

func isInvalid(err error) bool {
	return as[*node.InvalidError](err) || isNoSubnet(err) || anyOf(validator.ErrOtherRecord, miner.ErrOtherStore, devnet.ErrOtherGenesis, localnet.ErrOtherRun,
		desk.ErrOtherDesk, publish.ErrContradicts, publish.ErrNothing, publish.ErrNoRecord, chain.ErrOtherChain,
		lab.ErrOtherRun, lab.ErrFinished, lab.ErrNoRun)(err)
}

func isNetwork(err error) bool {
	return as[*net.OpError](err) || as[*net.DNSError](err) || as[rpc.HTTPError](err) || errors.Is(err, websocket.ErrBadHandshake)
}

// exitCodesDoc is the document docs/exit-codes.md.
func exitCodesDoc() string {
	var b strings.Builder
	b.WriteString("# Exit codes\n\nThis page is generated from the program's table (`go test ./cmd/assay -run TestExitCodesDoc -rewrite`); a test\nfails when it is out of date. The codes are stable.\n\n| code | name | meaning |\n|---|---|---|\n")
	fmt.Fprintf(&b, "| %d | ok | The command did what it was asked. A node that the first Ctrl-C or SIGTERM ends also exits with it. |\n", codeOK)
	for _, code := range []int{codeUnexpected, codeUsage, codeNetwork, codeKey, codeInvalid, codeRefused, codeData, codeTimeout, codeDeregistered, codeSecondInstance, codeInterrupted} {
		for _, r := range exitRules() {
			if r.code == code {
				fmt.Fprintf(&b, "| %d | %s | %s |\n", r.code, r.name, r.meaning)
			}
		}
	}
	b.WriteString("\nA service manager should not restart a node after 2, 11, 20 or 21 (`RestartPreventExitStatus=2 11 20 21`).\n")
	return b.String()
}

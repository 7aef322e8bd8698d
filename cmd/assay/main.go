// Command assay is a node for data subnets: a miner, a validator, a whole
// localnet, and the tools that replay and explain what they decided.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	a := &app{
		args: os.Args[1:], environ: os.Environ(), out: os.Stdout, talk: os.Stderr,
		signals: signals, exit: os.Exit, jobs: wired(),
	}
	os.Exit(a.run())
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/assaynet/assay/config"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the expected files; commit only a difference that you can explain")

// buffer may be written by the signal handler and read by the test.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// trial is an app with buffers for its streams and a home of its own.
func trial(args ...string) (a *app, out, talk *buffer) {
	out, talk = new(buffer), new(buffer)
	return &app{args: args, environ: []string{"HOME=/home/op"}, out: out, talk: talk, jobs: wired(), exit: func(int) {}}, out, talk
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args string
		want string
	}{
		{"locanet", `unknown command "locanet" of "assay", did you mean "localnet"?`},
		{"lab repaly", `did you mean "replay"?`},
		{"config shwo", `did you mean "show"?`},
		{"config show minre", `did you mean "miner"?`},
		{"miner extra", `takes no argument, got "extra"`},
		{"miner netuid=2 --axon.prot 80 --zzz", `--axon.prot: unknown flag, did you mean --axon.port?`},
		{"miner netuid=2 --axon.prot 80 --zzz", `--zzz: unknown flag`},
		{"localnet --epoch 3", `did you mean --epochs?`},
		{"localnet --config x.yaml", `--config: unknown flag, assay localnet reads no settings file`},
		{"localnet --epochs three", `--epochs: "three" is not a whole number`},
		{"localnet --epochs", `--epochs: needs a value`},
		{"localnet -x", `unknown shorthand flag`},
		{"--foo", `unknown flag: --foo`},
		{"lab replay", `takes 1 argument, the folder of a validator`},
		{"lab explain x", `--uid`},
		{"lab explain x --uid 70000", `"70000" is not a uid`},
		{"lab explain x --uidd 7", `did you mean --uid?`},
		{"validator --subtensor.network finney", `--netuid: must be given`},
		{"config validate miner --axon.port=x", `--axon.port: "x" is not a whole number from 0 to 65535`},
	} {
		a, out, talk := trial(strings.Fields(c.args)...)
		if code := a.run(); code != codeUsage {
			t.Errorf("%s: exit code %d, want %d", c.args, code, codeUsage)
		}
		if !strings.Contains(talk.String(), c.want) {
			t.Errorf("%s: want %q in\n%s", c.args, c.want, talk)
		}
		if out.String() != "" {
			t.Errorf("%s: talk on stdout: %s", c.args, out)
		}
	}
}

func TestHelpShowsExamplesFirst(t *testing.T) {
	for _, args := range []string{"--help", "localnet -h", "miner --help", "validator -h", "devnet -h", "lab replay -h", "lab explain -h"} {
		a, out, talk := trial(strings.Fields(args)...)
		if code := a.run(); code != codeOK || talk.String() != "" {
			t.Errorf("%s: exit code %d, %s", args, code, talk)
		}
		examples, flags := strings.Index(out.String(), "Examples:"), strings.Index(out.String(), "Flags:")
		if examples < 0 || flags < examples {
			t.Errorf("%s: no examples before the flags:\n%s", args, out)
		}
	}
}

func TestConfigShow(t *testing.T) {
	a, out, _ := trial("config", "show", "miner", "--axon.port=9", "--no-force-validator-permit")
	if code := a.run(); code != codeOK {
		t.Fatal(code)
	}
	for _, want := range []string{"axon.port: 9 ", "# flag --axon.port\n", "force-validator-permit: false ", `dir: "/home/op/.local/state/assay/devnet/1/miner"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestVersionFlag(t *testing.T) {
	command, flagged := []string{"version"}, []string{"--version"}
	var said []string
	for _, args := range [][]string{command, flagged} {
		a, out, talk := trial(args...)
		if code := a.run(); code != codeOK || talk.String() != "" {
			t.Errorf("%v: exit code %d, %s", args, code, talk)
		}
		said = append(said, out.String())
	}
	if said[0] != said[1] || !strings.HasPrefix(said[0], "assay ") {
		t.Errorf("got %q", said)
	}
}

// Validation looks into the files that the settings name, and reports all that is
// wrong with them.
func TestConfigValidateReadsFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	empty := write("empty.yaml", "")
	for _, role := range []string{"miner", "validator", "devnet"} {
		a, out, talk := trial("config", "validate", role, "--config", empty)
		if code := a.run(); code != codeOK || !strings.Contains(out.String(), "are right") {
			t.Errorf("%s with an empty file: exit code %d, %s", role, code, talk)
		}
	}
	absent := filepath.Join(dir, "absent.yaml")
	large := write("large.yaml", strings.Repeat("#", 1<<17))
	settings := write("settings.yaml", fmt.Sprintf("program: [%s, %s, %s]\nparameters: %s\n", empty, large, absent, absent))
	a, out, talk := trial("config", "validate", "validator", "--config", settings)
	if code := a.run(); code != codeInvalid || out.String() != "" {
		t.Errorf("bad files: exit code %d, %s", code, out)
	}
	for _, want := range []string{empty + ": program file is empty", large + ": the file has more than 65536 bytes", absent + ": no such file"} {
		if !strings.Contains(talk.String(), want) {
			t.Errorf("no %q in\n%s", want, talk)
		}
	}
	a, _, talk = trial("config", "validate", "miner", "--key", write("hotkey", "none"))
	if code := a.run(); code != codeKey {
		t.Errorf("bad key: exit code %d, %s", code, talk)
	}
}

func TestLocalnetGetsItsSettings(t *testing.T) {
	for _, c := range []struct {
		args      []string
		seedGiven bool
	}{
		{[]string{"localnet", "--listen=127.0.0.1:0", "--epochs", "3", "--json"}, false},
		{[]string{"localnet", "--listen=127.0.0.1:0", "--epochs", "3", "--json", "--seed=7"}, true},
	} {
		a, out, talk := trial(c.args...)
		var got config.Localnet
		a.jobs.localnet = func(_ context.Context, s session, cfg *config.Localnet, page net.Listener) error {
			got = *cfg
			fmt.Fprintln(s.Out, "{}")
			return page.Close()
		}
		if code := a.run(); code != codeOK {
			t.Fatal(code, talk)
		}
		if got.Epochs != 3 || !got.JSON || got.Seed == 0 || c.seedGiven && got.Seed != 7 || got.Pace.Tempo != 12 {
			t.Errorf("got %+v", got)
		}
		if talk.String() != "" || out.String() != "{}\n" {
			t.Errorf("stdout %q, stderr %q", out, talk)
		}
	}
}

func TestTakenPage(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	var talk bytes.Buffer
	l, err := listenPage(taken.Addr().String(), false, &talk)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if !strings.Contains(talk.String(), l.Addr().String()+" instead") {
		t.Errorf("fallback is not said: %q", &talk)
	}
	_, err = listenPage(taken.Addr().String(), true, &talk)
	if err == nil || exitCode(err) != codeNetwork || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("an address that was asked for: %v", err)
	}
}

func TestSignals(t *testing.T) {
	signals := make(chan os.Signal)
	a, _, talk := trial("miner", "--log.format", "text")
	left := make(chan int)
	a.signals = signals
	a.exit = func(code int) { left <- code }
	var endless = make(chan struct{})
	a.jobs.miner = func(ctx context.Context, _ session, _ *config.Miner) error {
		<-ctx.Done()
		<-endless
		return nil
	}
	ended := make(chan int)
	go func() { ended <- a.run() }()
	signals <- os.Interrupt
	signals <- os.Interrupt
	if code := <-left; code != codeInterrupted {
		t.Errorf("second signal: exit code %d", code)
	}
	if !strings.Contains(talk.String(), "waiting for the answers in hand") {
		t.Errorf("what is awaited is not said: %q", talk)
	}
	close(endless)
	if code := <-ended; code != codeOK {
		t.Errorf("clean end after the first signal: exit code %d", code)
	}
}

// A log that programs read stays one JSON object a line.
func TestSignalInJSONLog(t *testing.T) {
	signals := make(chan os.Signal, 1)
	a, _, talk := trial("miner")
	a.signals = signals
	a.jobs.miner = func(ctx context.Context, _ session, _ *config.Miner) error {
		signals <- os.Interrupt
		<-ctx.Done()
		return nil
	}
	if code := a.run(); code != codeOK {
		t.Errorf("exit code %d", code)
	}
	var line struct{ Msg, Waiting_for string }
	if err := json.Unmarshal([]byte(talk.String()), &line); err != nil || line.Msg == "" || line.Waiting_for != "the answers in hand and the store" {
		t.Errorf("%v: %s", err, talk)
	}
}

func TestHelpIsPointedTo(t *testing.T) {
	for args, want := range map[string]bool{
		"nope": true, "metagraph x": true, "metagraph --nope": true, "lab explain x --nope": true, "wallet show": true, "lab explain x --uid y": true,
		"localnet --epochs three": false, "lab epoch ./nope": false, "lab fetch nowhere ./x": false, "wallet new ./x": false,
	} {
		a, _, talk := trial(strings.Fields(args)...)
		if code := a.run(); code != codeUsage || strings.Contains(talk.String(), "see assay --help") != want {
			t.Errorf("%s: exit code %d, want the help pointed to: %t\n%s", args, code, want, talk)
		}
	}
}

func TestInterruptedReplayHasNoResult(t *testing.T) {
	signals := make(chan os.Signal, 1)
	a, _, _ := trial("lab", "replay", "folder")
	a.signals = signals
	a.jobs.replay = func(ctx context.Context, _ session, _ string, _ []string) error {
		signals <- os.Interrupt
		<-ctx.Done()
		return ctx.Err()
	}
	if code := a.run(); code != codeInterrupted {
		t.Errorf("exit code %d", code)
	}
}

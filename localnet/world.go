package localnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/devnet"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/protocol"
)

// world is what a run is made from, kept in its folder so that the same folder can
// be run again: content ids contain the site's address, and the genesis contains
// the start.
type world struct {
	Seed      uint64        `json:"seed"`
	Start     time.Time     `json:"start"`
	Tempo     uint16        `json:"tempo"`
	BlockTime time.Duration `json:"block_time"`
	Hidden    bool          `json:"commit_reveal"`
	Site      string        `json:"site"` // host:port
}

// ErrOtherRun is a folder that holds a run with other settings than those given.
var ErrOtherRun = errors.New("leave these out to go on with it, or choose another folder with --dir")

const worldFile = "localnet.json"

// openWorld reads the world of a folder or makes a new one. It returns the
// listener of the site, whose port is part of the world.
func openWorld(dir string, cfg *config.Localnet, given func(key string) bool, now time.Time) (world, net.Listener, error) {
	path := filepath.Join(dir, worldFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newWorld(path, cfg, now)
	}
	if err != nil {
		return world{}, nil, fmt.Errorf("read the run's folder: %w", err)
	}
	var w world
	if err := json.Unmarshal(text, &w); err != nil {
		return world{}, nil, fmt.Errorf("read %s: %w; choose another folder with --dir", path, err)
	}
	if given("seed") && w.Seed != cfg.Seed || given("tempo") && w.Tempo != cfg.Pace.Tempo || given("block-time") && w.BlockTime != cfg.Pace.BlockTime ||
		given("commit-reveal") && w.Hidden != cfg.Hidden {
		return world{}, nil, fmt.Errorf("%s holds a run with --seed %d --tempo %d --block-time %s --commit-reveal=%t: %w",
			dir, w.Seed, w.Tempo, w.BlockTime, w.Hidden, ErrOtherRun)
	}
	l, err := net.Listen("tcp", w.Site)
	if err != nil {
		return world{}, nil, fmt.Errorf("listen for the demo site on %s, which the run's items name: %w; is the run still going?", w.Site, err)
	}
	return w, l, nil
}

func newWorld(path string, cfg *config.Localnet, now time.Time) (world, net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return world{}, nil, fmt.Errorf("listen for the demo site: %w", err)
	}
	w := world{Seed: cfg.Seed, Start: now.UTC(), Tempo: cfg.Pace.Tempo, BlockTime: cfg.Pace.BlockTime, Hidden: cfg.Hidden, Site: l.Addr().String()}
	text, err := json.MarshalIndent(w, "", "  ")
	if err == nil {
		err = os.WriteFile(path, append(text, '\n'), 0o600)
	}
	if err != nil {
		_ = l.Close()
		return world{}, nil, fmt.Errorf("write the run's folder: %w", err)
	}
	return w, l, nil
}

// labelled are the shipped programs by which the forum's posts are labelled.
func labelled() []string { return []string{"spam", "preference"} }

// writeProgram binds the forum program to the site's address, in a file that all
// nodes are configured with.
func (w world) writeProgram(dir string) (path string, p *program.Program, err error) {
	text, err := programs.Files.ReadFile("forum.yaml")
	if err != nil {
		return "", nil, fmt.Errorf("read the forum program: %w", err)
	}
	if p, err = program.Decode(text); err != nil {
		return "", nil, err
	}
	if text, err = p.Bind("forum", w.Site); err != nil {
		return "", nil, err
	}
	if p, err = program.Decode(text); err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, "forum.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return "", nil, fmt.Errorf("write the forum program: %w", err)
	}
	return path, p, nil
}

// genesis is a subnet that has three validators already and that miners can join.
// Rate limits and immunity are short, as epochs are.
func (w world) genesis(cast []node) devnet.Genesis {
	g := devnet.DefaultGenesis()
	g.Netuid, g.Tempo, g.BlockTime = netuid, w.Tempo, w.BlockTime
	g.TimeMillis = uint64(w.Start.UnixMilli())
	g.WeightsRateLimit, g.ServingRateLimit, g.CommitReveal = 1, 1, w.Hidden
	g.AllowLoopbackAxons = true
	// Whoever labels at the desk joins a run at any time.
	g.Balances = map[protocol.Hotkey]uint64{keyOf(w.Seed, you).Hotkey(): 100e9}
	for _, n := range cast {
		g.Balances[n.key.Hotkey()] = 100e9
		if n.role == roleValidator {
			g.Neurons = append(g.Neurons, devnet.GenesisNeuron{Hotkey: n.key.Hotkey(), AlphaStake: n.stake, ValidatorPermit: true})
		}
	}
	return g
}

// node is a neuron of the run.
type node struct {
	actor
	key   *protocol.Key
	dir   string
	stake uint64  // of a validator
	plays Profile // of a miner
}

// castOf is everyone in the run, validators first.
func castOf(dir string, seed uint64) []node {
	var out []node
	for i := range validatorCount {
		name := fmt.Sprintf("validator-%d", i+1)
		out = append(out, node{
			actor: actor{roleValidator, name}, key: keyOf(seed, name), dir: filepath.Join(dir, name), stake: stakes()[i],
		})
	}
	for _, p := range scenario() {
		out = append(out, minerOf(dir, seed, p))
	}
	return out
}

func minerOf(dir string, seed uint64, p Profile) node {
	return node{actor: actor{roleMiner, p.Name}, key: keyOf(seed, p.Name), dir: filepath.Join(dir, p.Name), plays: p}
}

// writeKey makes a node's folder and puts its key there.
func (n node) writeKey() error {
	if err := os.MkdirAll(n.dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of %s: %w", n.profile, err)
	}
	if err := os.WriteFile(filepath.Join(n.dir, "hotkey"), []byte(n.key.Hex()+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the key of %s: %w", n.profile, err)
	}
	return nil
}

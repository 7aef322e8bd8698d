package localnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/localnet/site"
	assay "github.com/assaynet/assay/node"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/validator"
)

// Run is one localnet. It ends after cfg.Epochs epochs or when ctx ends, and then
// finishes what every node has in hand.
type Run struct {
	cfg                        *config.Localnet
	given                      func(key string) bool // of a setting
	out                        io.Writer             // results
	talk                       io.Writer             // everything else
	log                        *slog.Logger
	dir                        string
	world                      world
	programs                   []string // path of the bound program, names of the shipped ones
	cast                       []node
	names                      map[protocol.Hotkey]actor
	site                       *site.Site
	chain                      *assay.Devnet
	reader                     *chain.Client
	first                      *assay.Validator
	board                      *board
	ground, mining, validating *stage
	labelling                  *stage
	published                  []string // where validators show their records

	began time.Time
	once  sync.Once // the first scores

	mu     sync.Mutex
	miners map[string]*assay.Miner // those that run, by profile
}

// Start runs a localnet until it ends. Results go to out, talk to talk; page is the
// bound listener of the page, which Start closes. given reports whether a setting
// was given: a folder that holds a run already goes on with its own where not.
func Start(ctx context.Context, cfg *config.Localnet, given func(key string) bool, page net.Listener, out, talk io.Writer, log *slog.Logger) error {
	defer page.Close()
	r := &Run{cfg: cfg, given: given, out: out, talk: talk, log: log, began: time.Now(), miners: map[string]*assay.Miner{}, names: map[protocol.Hotkey]actor{}}
	kept := cfg.Dir != ""
	if err := r.makeDir(); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(r.dir, "lock"))
	if held, err := lock.TryLock(); err != nil {
		return fmt.Errorf("lock %s: %w", r.dir, err)
	} else if !held {
		return fmt.Errorf("%s: %w", r.dir, ErrLocked)
	}
	defer lock.Unlock()
	err := r.run(ctx, page)
	if err == nil {
		err = r.tellLabels()
	}
	if !kept {
		fmt.Fprintf(talk, "the data are in %s; to check the votes: go run ./cmd/assay lab replay %s\n", r.dir, filepath.Join(r.dir, "validator-1"))
	}
	return err
}

// ErrLocked is a folder in which another localnet runs.
var ErrLocked = errors.New("another process runs a localnet in this folder: stop it, or choose another with --dir")

func (r *Run) makeDir() (err error) {
	r.dir = r.cfg.Dir
	if r.dir == "" {
		r.dir, err = os.MkdirTemp("", "assay-localnet-")
	} else {
		err = os.MkdirAll(r.dir, 0o700)
	}
	if err != nil {
		return fmt.Errorf("make the run's folder: %w", err)
	}
	return nil
}

// run brings up the subnet, site and chain first, and follows its epochs. It ends
// in the opposite order, so that a round in hand can still ask and a vote in hand
// can still land.
func (r *Run) run(ctx context.Context, page net.Listener) error {
	ctx, halt := context.WithCancel(ctx)
	defer halt()
	r.ground, r.mining, r.validating, r.labelling = newStage(ctx, halt), newStage(ctx, halt), newStage(ctx, halt), newStage(ctx, halt)
	err := r.open(ctx, page)
	if err == nil {
		err = r.follow(ctx)
	} else if ctx.Err() != nil {
		err = nil // it was stopped while still opening, by the user or by a stage that says why
	}
	halt()
	err = errors.Join(err, r.validating.end(), r.labelling.end(), r.mining.end())
	if r.reader != nil {
		r.reader.Close()
	}
	return errors.Join(err, r.ground.end())
}

func (r *Run) open(ctx context.Context, page net.Listener) error {
	w, siteSocket, err := openWorld(r.dir, r.cfg, r.given, time.Now())
	if err != nil {
		return err
	}
	r.world = w
	fmt.Fprintf(r.talk, "seed       %d\n", w.Seed)
	r.cast = castOf(r.dir, w.Seed)
	if r.cfg.Desk != "" {
		r.cast = append(r.cast, minerOf(r.dir, w.Seed, Profile{Name: you, Mind: Person}))
	}
	for _, n := range r.cast {
		r.names[n.key.Hotkey()] = n.actor
		if err := n.writeKey(); err != nil {
			_ = siteSocket.Close()
			return err
		}
	}
	if err := r.openSite(siteSocket); err != nil {
		return err
	}
	if err := r.openChain(ctx); err != nil {
		return err
	}
	if err := r.openValidators(ctx, page); err != nil {
		return err
	}
	return r.openMiners(ctx)
}

// onRound tells of the first round in which anyone was checked: a newcomer sees
// scores within seconds.
func (r *Run) onRound(s validator.Summary) {
	r.board.round(s)
	r.announce(s)
}

package wire

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/protocol"
)

// Honest is the name of what is no attack: the adversary does as it should. It is a
// control, which shows that the lab pays one who does.
const Honest = "honest"

// DefaultRounds is how many rounds an attack is tried for.
const DefaultRounds = 12

// Options of a run.
type Options struct {
	// Rounds are held; 0 is DefaultRounds.
	Rounds int
	// Undefended leaves out what keeps the attack out.
	Undefended bool
	// Dir is an empty folder for the nodes; "" is a temporary one.
	Dir string
}

// Result is what came of an attack.
type Result struct {
	Name string
	Of   string // the name of the attack in the zoo, of which this is one form
	// Undefended says that its defence was left out.
	Undefended bool
	// Outcome and Reason are those of the calls that it attacked, from the second round
	// on; Steady says that all of them had these. Where a miner is attacked they are those
	// of the validator's calls to it.
	Outcome evidence.Outcome
	Reason  protocol.Reason
	Steady  bool
	Flags   []string // of the adversary, at the end
	// Fetches counts the pages that the adversary alone cites, as status or as
	// status (code).
	Fetches map[string]int
	// Hits counts the requests that reached the address inside.
	Hits uint64
	// Reached counts the requests of strangers, out of Tried, that reached the miner that
	// they flooded.
	Reached, Tried uint64
	// Pay of the adversary and of the honest miners: the sum of their shares in all
	// votes. The first honest one holds the same posts as the adversary.
	Pay       float64
	HonestPay []float64
	// Ratio is Pay over that of the first honest miner.
	Ratio float64
	// Disturbed counts the calls to honest miners that were not answered.
	Disturbed int
	// Sent is how many bytes a socket of the adversary's own could get rid of, and
	// Recorded how many of its bytes the record keeps.
	Sent, Recorded uint64
	// Slowest is the longest call to the adversary, in milliseconds.
	Slowest uint32
	// Took is how long the run took, and Heap the most bytes of memory that this process
	// had in use meanwhile, above what it had before: of the run where nothing runs beside
	// it. These two and the three above differ from run to run, as Pay does a little: the
	// ports of a run are in the addresses that its items cite.
	Took time.Duration
	Heap uint64
	// Rounds is how many were closed.
	Rounds uint64
	// Entries are the validator's record.
	Entries []evidence.Entry
}

// Names are those of the attacks, in the order of their documentation.
func Names() []string {
	var names []string
	for _, a := range attacks() {
		if a.name != Honest {
			names = append(names, a.name)
		}
	}
	return names
}

// Run tries one attack against a subnet of its own, in some seconds. Several may run
// side by side.
func Run(ctx context.Context, name string, opt Options) (Result, error) {
	for _, a := range attacks() {
		if a.name == name {
			r, err := try(ctx, a, opt)
			if err != nil {
				return r, fmt.Errorf("try %s: %w", name, err)
			}
			return r, nil
		}
	}
	return Result{}, fmt.Errorf("unknown attack %q: want one of %s", name, strings.Join(Names(), ", "))
}

// RunAll tries all attacks, some of them side by side, and gives their results in the
// order of their names. It tells of each that is done, if told is not nil.
func RunAll(ctx context.Context, opt Options, told func(Result)) ([]Result, error) {
	results := make([]Result, len(Names()))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(sideBySide)
	var mu sync.Mutex
	for i, name := range Names() {
		group.Go(func() (err error) {
			own := opt
			if own.Dir != "" {
				own.Dir = filepath.Join(opt.Dir, name)
				if err := os.MkdirAll(own.Dir, 0o700); err != nil {
					return fmt.Errorf("make a folder for the nodes: %w", err)
				}
			}
			if results[i], err = Run(ctx, name, own); err == nil && told != nil {
				mu.Lock()
				defer mu.Unlock()
				told(results[i])
			}
			return err
		})
	}
	return results, group.Wait()
}

// sideBySide is how many attacks run at once: some only wait.
const sideBySide = 3

func try(ctx context.Context, a attack, opt Options) (r Result, err error) {
	if opt.Dir == "" {
		if opt.Dir, err = os.MkdirTemp("", "assay-wire-"); err != nil {
			return r, fmt.Errorf("make a folder for the nodes: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(opt.Dir)) }()
	}
	if opt.Rounds == 0 {
		opt.Rounds = DefaultRounds
		if opt.Undefended && a.rounds > 0 {
			opt.Rounds = a.rounds
		}
	}
	start, heap := time.Now(), watchHeap()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	n, err := open(ctx, a, opt, group)
	if err == nil {
		err = n.rounds(ctx, opt.Rounds)
	}
	cancel()
	if ended := group.Wait(); ended != nil {
		err = ended
	}
	most := heap()
	if err = errors.Join(err, n.close()); err != nil {
		return r, err
	}
	r = n.read(a, opt)
	r.Took, r.Heap = time.Since(start), most
	return r, nil
}

// close closes what does not end with the context.
func (n *subnet) close() error {
	var errs []error
	if n == nil {
		return nil
	}
	for _, act := range n.actors {
		if act.miner != nil {
			errs = append(errs, act.miner.Close())
		}
		_ = act.axon.Close() // most are closed already
	}
	return errors.Join(errs...)
}

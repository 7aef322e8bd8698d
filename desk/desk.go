package desk

import (
	"cmp"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"

	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

// Policy says when a desk wants tasks.
type Policy string

// The policies.
const (
	// TakeWhileSeen wants tasks of a program while someone asks for tasks to label who
	// answered some within the last day, or is on the list of labellers. Of others a few
	// newcomers an hour bring tasks too, but no more while those are unanswered.
	TakeWhileSeen Policy = "labellers"
	// TakeAlways wants tasks whether or not one was.
	TakeAlways Policy = "always"
	// TakeNever wants none; what is in hand can be finished.
	TakeNever Policy = "never"
)

// Config is what a desk is opened with. Zero fields take the default.
type Config struct {
	Dir string // the miner's folder
	// Lock is the folder's, if the caller holds it already, and frees it after Close.
	Lock    *flock.Flock
	Miner   protocol.Hotkey
	Netuid  uint16
	ChainID uint64 // of the EVM side, for the text that a wallet signs in with
	// Programs are those of the subnet; the desk is about the ones that label.
	Programs []*program.Program
	// Labellers are the names of those who may sign in; none is anyone.
	Labellers []string
	Take      Policy        // TakeWhileSeen
	Seen      time.Duration // how long ago lately is; 15 minutes
	Lease     time.Duration // for how long a labeller has a task to itself, up to three times; 10 minutes
	// Rate is how many requests a second one address may make; a burst is twice as
	// many. 50.
	Rate    float64
	Now     func() time.Time // time.Now
	Metrics *Metrics         // may be nil
	Log     *slog.Logger     // nil says nothing

	step func(string) // told of every durable step, before and after; for tests
}

func (c *Config) complete() error {
	c.Take = cmp.Or(c.Take, TakeWhileSeen)
	c.Seen = cmp.Or(c.Seen, 15*time.Minute)
	c.Lease = cmp.Or(c.Lease, 10*time.Minute)
	c.Rate = cmp.Or(c.Rate, 50)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.step == nil {
		c.step = func(string) {}
	}
	for _, l := range c.Labellers {
		if err := protocol.CheckLabeller(l); err != nil {
			return fmt.Errorf("labeller %.90q: %w", l, err)
		}
	}
	switch {
	case c.Dir == "":
		return errors.New("the folder is missing")
	case c.Miner.IsZero():
		return errors.New("the miner's hotkey is missing")
	case c.Take != TakeWhileSeen && c.Take != TakeAlways && c.Take != TakeNever:
		return fmt.Errorf("tasks are taken %q, want %s, %s or %s", c.Take, TakeWhileSeen, TakeAlways, TakeNever)
	case c.Seen < 0 || c.Lease < 0 || c.Rate < 0:
		return errors.New("a duration or the rate is negative")
	}
	return nil
}

// Desk is an open desk. It is safe for concurrent use.
type Desk struct {
	cfg       Config
	lock      *flock.Flock // nil when the caller holds it
	writer    *sql.DB      // one connection
	reader    *sql.DB
	programs  []listed
	login     *login
	newcomers newcomers
	clock     atomic.Pointer[clock]
	trouble   atomic.Pointer[error]
	handler   http.Handler

	ledgerLock sync.Mutex
	ledgerAt   time.Time
	ledger     any // as it is shown; nil before the first time
}

// clock is the chain as the desk was last told of it.
type clock struct {
	round uint64
	until func(round uint64) time.Time
}

// Open opens the desk in cfg.Dir, which it makes when there is none. It fails with
// database.ErrLocked when another holds the folder, with a *database.CorruptError when
// the file is not what was written, and with ErrOtherDesk when it is another miner's.
func Open(cfg Config) (_ *Desk, err error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("open labelling desk: %w", err)
	}
	d := &Desk{cfg: cfg}
	d.clock.Store(&clock{until: func(uint64) time.Time { return time.Time{} }})
	var key [32]byte
	_, _ = rand.Read(key[:]) // it never fails
	d.login = newLogin(key, cfg.Miner, cfg.ChainID, cfg.Labellers)
	if d.programs, err = listPrograms(cfg.Programs); err == nil {
		err = d.openDatabase()
	}
	if err != nil {
		return nil, fmt.Errorf("open labelling desk in %s: %w", cfg.Dir, errors.Join(err, d.Close()))
	}
	d.handler = d.routes()
	return d, nil
}

// Close frees the database. Serve and every call must have returned.
func (d *Desk) Close() error {
	var errs []error
	for _, db := range []*sql.DB{d.reader, d.writer} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if d.lock != nil {
		errs = append(errs, d.lock.Unlock())
	}
	return errors.Join(errs...)
}

// Handler serves the API and the page.
func (d *Desk) Handler() http.Handler { return d.handler }

// Tick tells the round that the chain is in, and when a round will begin, as well as
// that is known; the zero time where it is not.
func (d *Desk) Tick(round uint64, until func(round uint64) time.Time) {
	d.clock.Store(&clock{round, until})
}

// now is the time in milliseconds.
func (d *Desk) now() int64 { return d.cfg.Now().UnixMilli() }

// closes is when a round begins at whose start tasks close. Where that is not known it
// is the end of a lease that is made now.
func (d *Desk) closes(round uint64) time.Time {
	if at := d.clock.Load().until(round); !at.IsZero() {
		return at
	}
	return d.cfg.Now().Add(d.cfg.Lease)
}

package labeller

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/assaynet/assay/protocol"
)

// Defaults of Config.
const (
	DefaultPoll  = 300 * time.Millisecond
	DefaultBatch = 8

	maxPause = 10 * time.Second // between two turns of a desk that fails
)

// Config says for whom a labeller works and who decides.
type Config struct {
	Desk     string // the desk's address, http://host:port
	Key      *protocol.Key
	Mind     Mind
	Programs []string      // names of those it works for; empty is all that the desk has
	Poll     time.Duration // between two turns; zero is DefaultPoll
	Batch    int           // tasks leased at once; zero is DefaultBatch
	Log      *slog.Logger  // nil is silence
}

// Labeller answers the tasks of one desk with one key.
type Labeller struct {
	cfg    Config
	client *client

	answered, skipped atomic.Uint64
}

// New makes a labeller. It fails without a key or a mind, and for an address that is
// none.
func New(cfg Config) (*Labeller, error) {
	if cfg.Key == nil || cfg.Mind == nil {
		return nil, errors.New("labeller: want a key and a mind")
	}
	if cfg.Poll <= 0 {
		cfg.Poll = DefaultPoll
	}
	if cfg.Batch <= 0 {
		cfg.Batch = DefaultBatch
	}
	cfg.Batch = min(cfg.Batch, maxBatch)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	c, err := newClient(cfg.Desk, cfg.Key, cfg.Poll)
	if err != nil {
		return nil, fmt.Errorf("labeller: %w", err)
	}
	return &Labeller{cfg: cfg, client: c}, nil
}

// Answered is how many answers the desk took.
func (l *Labeller) Answered() uint64 { return l.answered.Load() }

// Skipped is how many tasks were left to others.
func (l *Labeller) Skipped() uint64 { return l.skipped.Load() }

// Run works until ctx ends, which is no error. A desk that fails is asked again, ever
// more seldom.
func (l *Labeller) Run(ctx context.Context) error {
	defer l.client.http.CloseIdleConnections()
	pause := l.cfg.Poll
	for failed := false; ; {
		err := l.turn(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			pause = l.cfg.Poll
		default:
			level := slog.LevelWarn
			if failed {
				level = slog.LevelDebug // once is enough
			}
			l.cfg.Log.Log(ctx, level, "the desk gave no work", "desk", l.cfg.Desk, "error", err)
			pause = min(2*pause, maxPause)
		}
		failed = err != nil
		if !sleep(ctx, pause/2+rand.N(pause/2+1)) {
			return nil
		}
	}
}

// turn asks for tasks of each program and answers them.
func (l *Labeller) turn(ctx context.Context) error {
	d, err := l.client.desk(ctx)
	if err != nil {
		return err
	}
	if l.client.token == "" {
		if err := l.client.signIn(ctx, d, time.Now()); err != nil {
			return err
		}
	}
	for _, p := range d.Programs {
		if len(l.cfg.Programs) > 0 && !slices.Contains(l.cfg.Programs, p.Name) {
			continue
		}
		if err := l.work(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (l *Labeller) work(ctx context.Context, p Program) error {
	tasks, err := l.client.tasks(ctx, p, l.cfg.Batch)
	if err != nil {
		return l.settle(err)
	}
	got := time.Now()
	for _, t := range tasks {
		if err := l.settle(l.handle(ctx, t, got)); err != nil {
			return err
		}
	}
	return nil
}

func (l *Labeller) handle(ctx context.Context, t Task, got time.Time) error {
	answer, ok := l.cfg.Mind.Answer(ctx, t)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if !ok {
		err := l.client.skip(ctx, t)
		if err == nil {
			l.skipped.Add(1)
		}
		return err
	}
	millis := min(max(time.Since(got).Milliseconds(), 1), math.MaxUint32)
	err := l.client.answer(ctx, t, answer, uint32(millis))
	if err == nil {
		l.answered.Add(1)
	}
	return err
}

// settle drops a refusal that concerns one task, or one program for this turn: it was
// too late, another had it, or the day's quota is used up. A session that ended is
// begun anew in the next turn.
func (l *Labeller) settle(err error) error {
	r, refused := errors.AsType[*refusal](err)
	if !refused || r.passes() {
		return err
	}
	if r.status == http.StatusUnauthorized {
		l.client.token = ""
		return err
	}
	if r.status >= 400 && r.Code != "" {
		l.cfg.Log.Debug("the desk refused", "error", err)
		return nil
	}
	return err
}

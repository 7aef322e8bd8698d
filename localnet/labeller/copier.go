package labeller

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/assaynet/assay/zoo"
)

const lookTime = 5 * time.Second

// Copier answers what others did, by the records that validators publish.
type Copier struct {
	every  time.Duration
	client *http.Client
	log    *slog.Logger

	mu      sync.Mutex
	records []*reading
	looked  time.Time
	mind    *zoo.Copier
}

// NewCopier makes a copier that looks at the records at the addresses, http://host:port
// each, whenever it is asked and the last look is so long ago. self is its own name as
// a labeller; log may be nil.
func NewCopier(records []string, every time.Duration, self string, log *slog.Logger) (*Copier, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	c := &Copier{every: every, client: plainClient(), log: log, mind: zoo.NewCopier(self)}
	for _, address := range records {
		r, err := newReading(address)
		if err != nil {
			return nil, fmt.Errorf("copier: %w", err)
		}
		c.records = append(c.records, r)
	}
	return c, nil
}

// Answer implements Mind.
func (c *Copier) Answer(ctx context.Context, t Task) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look(ctx)
	return c.mind.Answer(ctx, t)
}

func (c *Copier) look(ctx context.Context) {
	if time.Since(c.looked) < c.every {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	for _, r := range c.records {
		if err := r.look(ctx, c.client, c.mind.Learn); err != nil {
			c.log.Debug("cannot read a record", "error", err)
		}
	}
	c.looked = time.Now()
}

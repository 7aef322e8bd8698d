package chain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
)

const (
	// maxMissed is how many pings in a row may go unanswered.
	maxMissed = 2
	// pingCalls is how many calls a ping makes.
	pingCalls = 2
)

// Connected is nil while there is a node to ask, and otherwise says since when there
// is none, the last block known, and what stands in the way. It returns at once.
func (c *Client) Connected() error {
	c.mu.Lock()
	last := c.head.Number
	c.mu.Unlock()
	since, causes := c.link.away(time.Now())
	if causes == nil {
		return nil
	}
	known := "no block known"
	if last > 0 {
		known = fmt.Sprintf("last block %d", last)
	}
	state := "offline"
	if since > 0 {
		state += " " + since.Truncate(time.Second).String()
	} else {
		state = "limited"
	}
	return fmt.Errorf("%s, %s; work goes on where it can (%s)", state, known, strings.Join(causes, "; "))
}

// away says why no endpoint can be asked, nil when one can, and for how long there
// has been no connection, 0 if endpoints are connected and only ask for a pause.
func (l *link) away(now time.Time) (since time.Duration, causes []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.endpoints {
		switch {
		case e.client != nil && e.wait(now) <= 0:
			return 0, nil
		case e.cause != nil:
			causes = append(causes, e.cause.Error())
		default:
			causes = append(causes, e.name+": not connected")
		}
	}
	if l.connected() == 0 {
		since = max(now.Sub(l.lost), 1)
	}
	return since, causes
}

// IsAway reports whether err of Dial or of a read is that no node was reached or
// gave an answer, so that the same will do later. A wrong address, another chain, a
// subnet that does not exist and a refusal are none of these.
func IsAway(err error) bool {
	if err == nil {
		return false
	}
	for _, lasting := range []error{ErrEndpoint, ErrOtherChain, ErrNoSubnet, errClosed} {
		if errors.Is(err, lasting) {
			return false
		}
	}
	return !final(err)
}

// unreadable notes that the head could not be read, and reports whether that is new
// since it last could.
func (l *link) unreadable() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.outage.IsZero() {
		l.outage = time.Now()
	}
	before := l.unread
	l.unread = true
	return !before
}

// back notes that a block was read, and tells the end of an outage, once.
func (l *link) back(block uint64) {
	l.mu.Lock()
	began := l.outage
	l.outage, l.unread = time.Time{}, false
	l.mu.Unlock()
	if !began.IsZero() {
		l.log.Info("chain is back", "block", block, "away", time.Since(began).Round(time.Millisecond))
	}
}

// heard notes an answer.
func (l *link) heard(e *endpoint, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.failures, e.limited, e.missed, e.answer = 0, 0, 0, time.Now()
	if e.latency == 0 {
		e.latency = took
	}
	e.latency += (took - e.latency) / 8
}

// watch keeps every endpoint connected and asks those that have been idle for the
// newest final block, so that a dead connection is found before somebody needs it, and
// one that lags behind is left for another. It ends with the link.
func (l *link) watch() {
	l.group.Go(func() error {
		tick := time.NewTicker(l.ping)
		defer tick.Stop()
		for {
			l.round()
			select {
			case <-tick.C:
			case <-l.life.Done():
				return nil
			}
		}
	})
}

// round pings all endpoints at once, so that their heights compare.
func (l *link) round() {
	var all sync.WaitGroup
	for _, e := range l.endpoints {
		if l.due(e, time.Now()) {
			all.Go(func() { l.look(e) })
		}
	}
	all.Wait()
	l.compare()
}

// due reports whether an endpoint is to be pinged. One that was just heard of need
// not be, unless there are others to compare it with.
func (l *link) due(e *endpoint, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.tokens != nil && e.tokens.Tokens() < min(1+pingCalls, float64(e.tokens.Burst())) {
		return false // to connect and to ask
	}
	return e.wait(now) <= 0 && (len(l.endpoints) > 1 || e.client == nil || now.Sub(e.answer) >= l.ping)
}

// look connects an endpoint if need be and reads the number of its newest
// final block: one whose finality stands still is of no use, however many blocks it has.
func (l *link) look(e *endpoint) {
	ctx, cancel := context.WithTimeout(l.life, min(l.timeout, l.ping))
	defer cancel()
	c, err := l.dial(ctx, e)
	if err != nil || e.admit(ctx, pingCalls) != nil {
		return // dial has noted it; to be too busy to ask is no sign of ill health
	}
	began := time.Now()
	height, err := newest(ctx, c)
	pause, limited := e.limitedBy(err)
	switch {
	case limited:
		l.metrics.request("chain", outcomeLimited)
		l.rest(e, pause, err)
		return
	case err == nil || final(err):
		l.metrics.request("chain", outcomeOf(err))
		l.heard(e, time.Since(began)/pingCalls)
		l.mu.Lock()
		e.height = height
		unread := l.unread
		l.mu.Unlock()
		if err == nil && !unread {
			l.back(height)
		}
		return
	case l.life.Err() != nil:
		return
	}
	l.metrics.request("chain", outcomeFailed)
	l.mu.Lock()
	e.missed++
	dead := e.missed >= maxMissed || !errors.Is(err, context.DeadlineExceeded)
	e.height = 0
	l.mu.Unlock()
	if dead {
		l.drop(c, fmt.Errorf("ping: %w", err))
	}
}

func newest(ctx context.Context, c *rpc.Client) (uint64, error) {
	var hash common.Hash
	if err := c.CallContext(ctx, &hash, "chain_getFinalizedHead"); err != nil {
		return 0, err
	}
	var header struct {
		Number hexutil.Uint64 `json:"number"`
	}
	err := c.CallContext(ctx, &header, "chain_getHeader", hash)
	return uint64(header.Number), err
}

// compare demotes the endpoints that are behind and moves on from the one in use if
// another is better by more than the noise.
func (l *link) compare() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	best, sure := l.best(now)
	for _, e := range l.endpoints {
		stale := e.client != nil && e.height > 0 && e.height+maxLag < best && (sure || e.stale)
		if stale && !e.stale {
			l.log.Warn("the chain's endpoint is behind", "endpoint", e.name, "block", e.height, "best", best)
		}
		e.stale = stale
	}
	for _, e := range l.endpoints {
		if c := l.current; c != nil && e != c && e.client != nil && e.wait(now) <= 0 && e.cost()+2*latencyStep < c.cost() {
			l.use(e)
		}
	}
}

// best is the height that the others are measured by: of three endpoints or more
// the second highest, for which two stand; of two the higher one. When that is
// beyond belief, neither of the two is to be called behind for it. The lock is held.
func (l *link) best(now time.Time) (height uint64, sure bool) {
	var heights []uint64 // of those that were asked just now
	for _, e := range l.endpoints {
		if e.client != nil && e.height > 0 && e.wait(now) <= 0 {
			heights = append(heights, e.height)
		}
	}
	slices.Sort(heights)
	switch n := len(heights); n {
	case 0, 1:
		return 0, false
	case 2:
		return heights[1], heights[1]-heights[0] <= maxLead
	default:
		return heights[n-2], true
	}
}

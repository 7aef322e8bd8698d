package validator

import (
	"context"
	"errors"
	"time"
)

// errNoPermit is a validator that miners need not answer. What wraps it says why.
var errNoPermit = errors.New("miners need not answer")

// finalError ends Run.
type finalError struct {
	doing string
	err   error
}

func final(doing string, err error) error { return &finalError{doing, err} }

func (e *finalError) Error() string { return e.doing + ": " + e.err.Error() }
func (e *finalError) Unwrap() error { return e.err }

// pause is the time between looks at a chain that is away: it doubles up to a
// quarter of a minute.
type pause struct{ next time.Duration }

func newPause() pause { return pause{250 * time.Millisecond} }

func (p *pause) wait(ctx context.Context) {
	timer := time.NewTimer(p.next)
	defer timer.Stop()
	p.next = min(2*p.next, 15*time.Second)
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

package localnet

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// stage is a part of the run that ends as one: validators first, then the miners
// that they may still be asking, then the ground that both stand on.
type stage struct {
	ctx    context.Context
	cancel context.CancelFunc
	group  *errgroup.Group
	halt   func() // asks the whole run to end
}

// newStage begins a stage. It does not end with ctx, but when end is called.
func newStage(ctx context.Context, halt func()) *stage {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	return &stage{ctx: ctx, cancel: cancel, group: new(errgroup.Group), halt: halt}
}

// run adds a job. One that fails ends the run.
func (s *stage) run(name string, job func(ctx context.Context) error) {
	s.group.Go(func() error {
		err := job(s.ctx)
		if err != nil {
			s.halt()
		}
		return named(name, err)
	})
}

// end asks the stage's jobs to end, and waits for them.
func (s *stage) end() error {
	s.cancel()
	return s.group.Wait()
}

package localnet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/assaynet/assay/validator"
)

// follow reports each epoch as it ends, until the wanted number or the end of ctx.
func (r *Run) follow(ctx context.Context) error {
	var block, told, before uint64
	begun := false
	for {
		head, err := r.reader.NextHead(ctx, block)
		if err != nil {
			return ended(ctx, err)
		}
		block = head.Number
		clock, err := r.reader.Epoch(ctx, head)
		if err != nil {
			return ended(ctx, err)
		}
		if !begun { // a folder that is run again goes on where it was
			begun, told = true, clock.Index
			if head.Number < uint64(r.world.Tempo) {
				told = 0
			}
			before = told
		}
		m, err := r.reader.Metagraph(ctx, head)
		if err != nil {
			return ended(ctx, err)
		}
		r.board.see(clock, m)
		if clock.Index == told {
			continue
		}
		e := reportEpoch(clock.Index, m, r.first.Scores(), r.names)
		if err := r.tell(e); err != nil {
			return fmt.Errorf("write epoch %d: %w", e.Epoch, err)
		}
		told = clock.Index
		if r.cfg.Epochs > 0 && told-before >= r.cfg.Epochs {
			return nil
		}
	}
}

func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil || errors.Is(err, context.Canceled) {
		return nil
	}
	return fmt.Errorf("follow the chain: %w", err)
}

func (r *Run) tell(e Epoch) error {
	if r.cfg.JSON {
		return e.writeJSON(r.out)
	}
	if err := e.writeTable(r.out); err != nil {
		return err
	}
	if e.Epoch == 1 && r.world.Hidden {
		fmt.Fprintln(r.talk, "votes are hidden for an epoch, so that nobody copies them: the first are revealed now and pay from the next epoch on")
	}
	return nil
}

// announce prints the first scores in full and later rounds in a line.
func (r *Run) announce(s validator.Summary) {
	checked := uint64(0)
	for _, sc := range s.Scores {
		checked += sc.ValidShare.Checked
	}
	if checked == 0 {
		what := fmt.Sprintf("%d miners asked, first roots receipted", s.Asked)
		switch s.Asked {
		case 0:
			what = "no miner is there yet"
		case 1:
			what = "1 miner asked, first root receipted"
		}
		fmt.Fprintf(r.talk, "round %d    block %d — %s\n", s.Round, s.Block, what)
		return
	}
	r.once.Do(func() {
		fmt.Fprintf(r.talk, "\nfirst scores, %.1f s after the start (round %d, block %d)\n", time.Since(r.began).Seconds(), s.Round, s.Block)
		for _, sc := range s.Scores {
			v := sc.ValidShare
			fmt.Fprintf(r.talk, "  uid %-2d %-15s ", sc.UID, r.names[sc.Hotkey].profile)
			if v.Checked == 0 {
				fmt.Fprintln(r.talk, "nothing checked yet")
				continue
			}
			fmt.Fprintf(r.talk, "valid share %.2f [%.2f, %.2f] of %d checked\n", v.Mean, v.Lower, v.Upper, v.Checked)
		}
	})
}

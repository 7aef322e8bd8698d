package simulate

import (
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/validator"
)

// foresee is where the draws of the next round would land if some shelves were shown. It
// is there for studies of what happens without the validators' secrets.
func (m *miner) foresee(w *world, shelves []string) []*item.Item {
	b, err := m.index.build(slices.Compact(slices.Sorted(slices.Values(shelves))))
	if err != nil {
		return nil
	}
	v := version{tree: b.tree, cells: b.tree.Cells()}
	var out []*item.Item
	for _, j := range w.judges {
		part, err := v.part(j.nextDraws(w)[m.hotkey], m.open, w.defences.DrawsByLeaf)
		if err != nil {
			continue // nothing can be drawn from an empty index
		}
		for _, d := range part.Drawn {
			out = append(out, d.Item)
		}
	}
	return out
}

// nextDraws are the draws of the next round, of every miner.
func (j *judge) nextDraws(w *world) map[protocol.Hotkey]protocol.Part {
	if j.foreseen.round == w.round {
		return j.foreseen.draws
	}
	next := *w
	next.block += w.roundBlocks
	opened := &evidence.Opened{
		Round: w.round + 1, Secret: j.state.NextSecret() + 1, BlockHash: next.hash(), Neurons: w.neurons, Fold: scoring.FoldVersion,
	}
	plan := validator.MakePlan(validator.SeedOf(w.secret(j.seed, opened.Secret), opened.BlockHash), j.state, opened, nil)
	j.foreseen.round, j.foreseen.draws = w.round, map[protocol.Hotkey]protocol.Part{}
	for _, p := range plan.Miners {
		if len(p.Parts) > 0 {
			j.foreseen.draws[p.Hotkey] = p.Parts[0]
		}
	}
	return j.foreseen.draws
}

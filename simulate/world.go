package simulate

import (
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/zoo"
)

// world is a simulated subnet at one moment.
type world struct {
	seed         uint64
	netuid       uint16
	roundBlocks  uint64
	tempo        uint64 // blocks
	roundSeconds int64
	blockSeconds int64
	began, now   int64 // unix seconds
	block, round uint64
	epoch        uint64
	blockHash    item.Hash
	parameters   []byte
	sources      [][]byte // of the programs
	pages        *pages
	territories  []territory
	backlog      float64 // rounds

	chain     *Chain
	actors    []*actor
	miners    []*miner // all keys that there ever were
	byKey     map[protocol.Hotkey]*miner
	judges    []*judge
	neurons   []evidence.Neuron
	incentive map[protocol.Hotkey]float64 // of the last epoch
	renewing  []*miner
	invented  map[int]uint64
	defences  Defences
	workers   int
	labels    Labels
	labelling map[string]*program.Program // those that judge, by name
	learners  []zoo.Learner               // who reads what is published
}

// actor is who earns: a miner with all its keys, or a validator.
type actor struct {
	name, kind string
	settings   string
	keys       []*miner // those registered now
	ever       int
	burnt      uint64 // rao
	experts    []*opinion
}

// rivals are the honest miners of other actors.
func (w *world) rivals(self *miner) []*miner {
	var honest []*miner
	for _, m := range w.miners {
		if m.conduct == nil && m.actor != self.actor {
			honest = append(honest, m)
		}
	}
	return honest
}

// rival is what another miner showed by the last round.
func (w *world) rival(self *miner, number, n int) []*item.Item {
	honest := w.rivals(self)
	if number < 0 || number >= len(honest) {
		return nil
	}
	from := honest[number]
	var out []*item.Item
	for _, l := range slices.Backward(from.log) {
		if len(out) == n {
			break
		}
		if l.round < w.round {
			out = append(out, from.open(l.key))
		}
	}
	return out
}

// secret is a validator's secret of a round; nobody else can foresee it.
func (w *world) secret(seed item.Hash, number uint64) item.Hash {
	return item.Sum("assay/simulate/secret", seed[:], binary.BigEndian.AppendUint64(nil, number))
}

// hash is that of the block.
func (w *world) hash() item.Hash {
	return item.Sum("assay/simulate/block", binary.BigEndian.AppendUint64(nil, w.seed), binary.BigEndian.AppendUint64(nil, w.block))
}

// left is how many rounds are to come before the epoch ends.
func (w *world) left() uint64 {
	end := (w.epoch + 1) * w.tempo
	return (end - 1 - w.block) / w.roundBlocks
}

// runRound lets every miner act and every validator judge, side by side: miners only
// change when they act.
func (w *world) runRound(ctx context.Context, round uint64) error {
	w.round, w.block = round, round*w.roundBlocks
	w.now = w.began + int64(w.block)*w.blockSeconds
	w.blockHash = w.hash()
	w.look()
	for _, j := range w.judges {
		for h, items := range j.drew {
			if m := w.byKey[h]; m != nil {
				m.drawn = append(m.drawn, items...)
			}
		}
		clear(j.drew)
	}
	for _, m := range w.miners {
		if w.byKey[m.hotkey] == m {
			if err := m.act(w); err != nil {
				return err
			}
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, w.workers))
	for _, j := range w.judges {
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := j.round(w); err != nil {
				return fmt.Errorf("simulate: round %d of %s: %w", round, j.actor.name, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// look reads the metagraph.
func (w *world) look() {
	w.neurons = w.neurons[:0:0]
	for _, n := range w.chain.Neurons() {
		w.neurons = append(w.neurons, evidence.Neuron{UID: n.UID, Hotkey: n.Hotkey, Permit: n.Permit, Serving: n.Serving})
	}
}

// register gives an actor another key.
func (w *world) register(a *actor, m *miner) error {
	burn := w.chain.Price(w.block)
	_, replaced, err := w.chain.Register(m.hotkey, 0, w.block)
	if err != nil {
		return fmt.Errorf("simulate: register a key of %s: %w", a.name, err)
	}
	a.burnt += burn
	if old := w.byKey[replaced]; old != nil {
		w.drop(old)
	}
	if err := w.chain.Serve(m.hotkey, true); err != nil {
		return fmt.Errorf("simulate: serve: %w", err)
	}
	a.keys = append(a.keys, m)
	w.byKey[m.hotkey] = m
	return nil
}

func (w *world) drop(m *miner) {
	delete(w.byKey, m.hotkey)
	m.actor.keys = slices.DeleteFunc(m.actor.keys, func(k *miner) bool { return k == m })
}

// keyOf is a hotkey of the simulation: nobody holds it, and nothing is signed.
func keyOf(seed uint64, name string, n int) protocol.Hotkey {
	return protocol.Hotkey(item.Sum("assay/simulate/key", binary.BigEndian.AppendUint64(nil, seed), []byte(name), binary.BigEndian.AppendUint64(nil, uint64(n))))
}

// processors is how many validators judge side by side when nothing else is said.
func processors() int { return runtime.GOMAXPROCS(0) }

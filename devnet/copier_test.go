package devnet

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/core/types"

	"github.com/assaynet/assay/chain"
)

// copying is an experiment: honest validators measure the miners, one more of the
// same stake copies the median of the rows that the chain shows.
type copying struct {
	changing     float64 // share of miners that get another quality in each epoch
	noise        float64 // relative error of an honest measurement
	commitReveal bool
	yuma3        bool
	epochs       int
	seed         uint64
}

const (
	honestOnes = 4
	minersSeen = 24
	honestFor  = 8  // epochs in which the copier measures too, so that it does not begin late
	warmUp     = 40 // epochs before earnings count: bonds settle
)

// play runs the experiment on a devnet with signed transactions and gives what the
// copier earns per stake, as a multiple of what the honest ones earn.
func (x copying) play(t testing.TB) float64 {
	g := smallGenesis(0, honestOnes+1)
	g.CommitReveal, g.Yuma3 = x.commitReveal, x.yuma3
	for i := range honestOnes + 1 {
		g.Neurons = append(g.Neurons, GenesisNeuron{Hotkey: key(i).Hotkey(), AlphaStake: 100_000e9, ValidatorPermit: true})
	}
	for i := range minersSeen {
		g.Neurons = append(g.Neurons, GenesisNeuron{Hotkey: key(100 + i).Hotkey()})
	}
	s := &subject{served: open(t, t.TempDir(), g), rng: rand.New(rand.NewPCG(x.seed, 7)), quality: make([]float64, minersSeen)}
	for j := range s.quality {
		s.quality[j] = s.draw()
	}
	var earned [honestOnes + 1]float64
	for epoch := range x.epochs {
		before := s.stakes()
		s.epoch(x, epoch < honestFor)
		if after := s.stakes(); epoch >= warmUp {
			for i := range earned {
				earned[i] += (after[i] - before[i]) / before[i]
			}
		}
	}
	honest := 0.0
	for _, e := range earned[:honestOnes] {
		honest += e / honestOnes
	}
	return earned[honestOnes] / honest
}

// subject is the subnet of one experiment.
type subject struct {
	*served
	rng     *rand.Rand
	quality []float64
	nonce   [honestOnes + 1]uint64
	salts   uint16
	waiting [honestOnes + 1]*committed // to be revealed in the next epoch
}

type committed struct {
	chain.Weights
	salt []uint16
}

// draw is the quality of a miner, 1 to 20 times the least.
func (s *subject) draw() float64 { return math.Exp(s.rng.Float64() * math.Log(20)) }

// epoch plays the ten blocks of one: qualities change, last epoch's votes are
// revealed, this epoch's are cast. The copier acts last, on what the chain shows,
// unless it still measures.
func (s *subject) epoch(x copying, measures bool) {
	for j := range s.quality {
		if s.rng.Float64() < x.changing {
			s.quality[j] = s.draw()
		}
	}
	s.step(2)
	for i, w := range s.waiting {
		if w != nil {
			s.offer(i, chain.MethodRevealWeights, uint16(1), w.UIDs, w.Values, w.salt, w.VersionKey)
		}
	}
	s.waiting = [honestOnes + 1]*committed{}
	s.step(2)
	for i := range honestOnes {
		s.vote(x, i, s.measure(x.noise))
	}
	s.step(2)
	if measures {
		s.vote(x, honestOnes, s.measure(x.noise))
	} else {
		s.vote(x, honestOnes, s.median())
	}
	s.step(4)
}

// measure is what an honest validator finds.
func (s *subject) measure(noise float64) []uint16 {
	row := make([]uint16, len(s.quality))
	for j, q := range s.quality {
		row[j] = uint16(math.Round(2000 * q * max(0, 1+noise*s.rng.NormFloat64())))
	}
	return row
}

// median is, for each miner, the middle of the honest rows on the chain.
func (s *subject) median() []uint16 {
	st := newState(s.tip().state)
	out := make([]uint16, minersSeen)
	for j := range out {
		var column []uint16
		for i := range honestOnes {
			column = append(column, st.weights(uint16(i))[j].Value)
		}
		slices.Sort(column)
		out[j] = column[(honestOnes-1)/2]
	}
	return out
}

func (s *subject) vote(x copying, i int, values []uint16) {
	w := chain.Weights{Values: values}
	for j := range values {
		w.UIDs = append(w.UIDs, uint16(honestOnes+1+j))
	}
	if !x.commitReveal {
		s.offer(i, chain.MethodSetWeights, uint16(1), w.UIDs, w.Values, w.VersionKey)
		return
	}
	s.salts++
	c := &committed{w, []uint16{s.salts, uint16(i)}}
	s.waiting[i] = c
	s.offer(i, chain.MethodCommitWeights, uint16(1), [32]byte(chain.CommitHash(key(i).Hotkey(), 1, w, c.salt)))
}

// offer puts a signed call of validator i into the pool. Its success shows in the
// block: the nonce of the next one would not fit a transaction that is still there.
func (s *subject) offer(i int, method string, args ...any) {
	s.t.Helper()
	to := chain.NeuronAddress()
	tx := types.MustSignNewTx(key(i).ECDSA(), s.signer, &types.DynamicFeeTx{
		ChainID: big.NewInt(42), Nonce: s.nonce[i], Gas: 3_300_000, GasFeeCap: big.NewInt(BaseFee), GasTipCap: new(big.Int),
		To: &to, Data: pack(s.t, method, args...),
	})
	st := newState(s.tip().state)
	p, err := s.check(st, tx)
	if err == nil {
		err = s.pool.add(p)
	}
	if err != nil {
		s.t.Fatalf("%s of validator %d: %v", method, i, err)
	}
	s.nonce[i]++
}

func (s *subject) stakes() (out [honestOnes + 1]float64) {
	st := newState(s.tip().state)
	for i := range out {
		out[i] = float64(st.alpha(key(i).Hotkey()))
	}
	return out
}

// spread is the mean of several runs and its standard error.
func (x copying) spread(t testing.TB, runs int) (mean, se float64) {
	var sum, squares float64
	for i := range runs {
		x.seed = uint64(i + 1)
		r := x.play(t)
		sum, squares = sum+r, squares+r*r
	}
	n := float64(runs)
	mean = sum / n
	return mean, math.Sqrt(max(0, squares/n-mean*mean) / (n - 1))
}

// TestCopyingDoesNotPay is the promise of commit-reveal: where a quarter of the
// miners change in each reveal period, who copies the votes earns less per stake
// than who measures. Without commit-reveal it earns no less, which shows that the
// experiment can tell.
func TestCopyingDoesNotPay(t *testing.T) {
	x := copying{changing: 0.25, noise: 0.05, yuma3: true, epochs: 60, commitReveal: true}
	hidden, se := x.spread(t, 3)
	x.commitReveal = false
	open, _ := x.spread(t, 2)
	t.Logf("copier per stake against honest: %.3f ± %.3f hidden, %.3f open", hidden, se, open)
	if hidden+3*se >= 1 {
		t.Errorf("with commit-reveal a copier earns %.3f ± %.3f of an honest validator, want less than 1", hidden, se)
	}
	if open <= hidden {
		t.Errorf("without commit-reveal a copier earns %.3f, no more than %.3f with it", open, hidden)
	}
}

// BenchmarkWeightCopier gives the table of docs/chain.md.
func BenchmarkWeightCopier(b *testing.B) {
	for _, x := range []copying{{yuma3: true}, {yuma3: true, commitReveal: true}, {}, {commitReveal: true}} {
		for _, changing := range []float64{0, 0.05, 0.1, 0.25, 0.5, 1} {
			x.changing, x.noise, x.epochs = changing, 0.05, 100
			b.Run(fmt.Sprintf("yuma3=%v/hidden=%v/changing=%.2f", x.yuma3, x.commitReveal, changing), func(b *testing.B) {
				for b.Loop() {
					mean, se := x.spread(b, 4)
					b.ReportMetric(mean, "copier/honest")
					b.ReportMetric(se, "se")
				}
			})
		}
	}
}

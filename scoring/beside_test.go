package scoring

import (
	flags "flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/protocol"
)

var longRuns = flags.Int("long-runs", 2, "runs of 1,000 epochs of each kind of honest miner")

// Rounds of 25 blocks in epochs of 360.
const epochRounds = 14.4

// bench is one miner of the forum program and its validator, with the rows of a round
// drawn from their law. Its cells have the shares of bytes that a forum's topics have.
type bench struct {
	state *State
	miner *miner
	p     *program.Program
	rng   *rand.Rand
	valid func(cell uint8) float64 // valid share of the draws that land in a cell
	fetch []evidence.Fetch
	item  uint64
}

var cellShares = []float64{.26, .2, .15, .12, .1, .07, .05, .03, .02}

func newBench(t testing.TB, seed uint64, valid func(uint8) float64) *bench {
	t.Helper()
	source, err := programs.Files.ReadFile("forum.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := program.Decode(source)
	if err != nil {
		t.Fatal(err)
	}
	s := New()
	s.params, s.started, s.programs = shipped(t), &evidence.Started{Fold: FoldVersion}, []*program.Program{p}
	return &bench{state: s, miner: newMiner(protocol.Hotkey{1}), p: p, rng: rand.New(rand.NewPCG(seed, 77)), valid: valid, fetch: make([]evidence.Fetch, p.Checks.Controls)}
}

// round plays one round at a noise, as settleReference and resolve do.
func (b *bench) round(noise float64) {
	for i := range b.fetch {
		b.fetch[i] = evidence.Fetch{URI: "http://forum.example/p/1", Status: evidence.FetchFound, Control: true}
		if b.rng.Float64() < noise {
			b.fetch[i].Status = evidence.FetchGone
		}
	}
	b.state.settleBeside(b.fetch)
	for _, f := range b.fetch {
		b.state.host("forum.example").observe(f, b.state.params)
	}
	var rows []row
	phase := b.rng.IntN(5)
	for d := range b.p.Checks.Draws {
		cell := uint8(b.rng.IntN(len(cellShares)))
		if (d+phase)%5 != 0 {
			cell = 0
			for u := b.rng.Float64() - cellShares[0]; u >= 0 && int(cell) < len(cellShares)-1; u -= cellShares[cell] {
				cell++
			}
		}
		b.item++
		id := item.Hash{byte(b.item), byte(b.item >> 8), byte(b.item >> 16), byte(b.item >> 24)}
		x := &draw{key: item.NewKey(item.Bucket{Program: b.p.ID(), Cell: cell}, id), id: id, uri: "http://forum.example/p/2", host: "forum.example"}
		if x.spot.Verdict = Fail; b.rng.Float64() < b.valid(cell)*(1-noise) {
			x.spot.Verdict = Pass
		}
		rows = addRow(rows, x)
	}
	b.state.judgeRows(b.miner, rows)
}

// verdicts are whether anything of the miner is rejected, and anything on trial.
func (b *bench) verdicts() (rejected, onTrial bool) {
	for id, c := range b.miner.cells {
		v := b.state.verdict(b.miner, id, c)
		rejected, onTrial = rejected || v.rejected, onTrial || v.onTrial
	}
	return rejected, onTrial
}

func (b *bench) whole() *whole { return b.miner.whole(sourceID{program: b.p.ID()}) }

func always(share float64) func(uint8) float64 { return func(uint8) float64 { return share } }

// An honest miner is not put on trial, and not rejected, in 1,000 epochs: with 99 % valid
// after a noise of 2 %, with 97 %, with 10 % of raw noise, and where the noise leaps to
// ten times what it was. With -long-runs there are as many runs as one likes.
func TestHonestMinersAreLeftAlone(t *testing.T) {
	for _, c := range []struct {
		name         string
		valid        float64
		noise, later float64
		most         float64 // share of runs
	}{
		{"99 %", 0.99, 0.02, 0.02, 0.01},
		{"97 %", 0.97, 0.02, 0.02, 0.05},
		{"10 % raw", 1, 0.10, 0.10, 0.05},
		{"noise leaps to 20 %", 0.99, 0.02, 0.20, 0.01},
	} {
		rejected, tried := 0, 0
		for run := range *longRuns {
			b := newBench(t, uint64(run), always(c.valid))
			for r := range int(1000 * epochRounds) {
				noise := c.noise
				if r >= 500 {
					noise = c.later
				}
				b.round(noise)
				if r%8 != 0 {
					continue // no trial is that short
				}
				if out, trial := b.verdicts(); out || trial {
					if out {
						rejected++
					} else {
						tried++
					}
					break
				}
			}
		}
		t.Logf("%s: %d rejected and %d on trial of %d", c.name, rejected, tried, *longRuns)
		// Two more than the share allows, so that few runs do not fail by chance.
		if float64(rejected+tried) > c.most*float64(*longRuns)+2 {
			t.Errorf("%s: %d of %d runs have a verdict against an honest miner", c.name, rejected+tried, *longRuns)
		}
	}
}

// Whoever mixes fakes into its rows is rejected as a whole, soon, however many cells the
// fakes are spread over; a cell alone would take long to tell.
func TestFakesAreFoundInTheWhole(t *testing.T) {
	for _, c := range []struct{ fakes, epochs float64 }{{0.1, 6}, {0.2, 1.6}, {0.5, 0.7}, {1, 0.4}} {
		var sum float64
		const runs = 40
		for run := range runs {
			b := newBench(t, uint64(run), always(1-c.fakes))
			n := 0
			for ; !b.whole().test.rejected && n < 2000; n++ {
				b.round(0.02)
			}
			sum += float64(n) / epochRounds
		}
		if mean := sum / runs; mean > c.epochs {
			t.Errorf("%.0f %% fakes are rejected after %.1f epochs, want at most %.1f", 100*c.fakes, mean, c.epochs)
		}
	}
}

// Fakes that all sit in one small cell are found there: it pays for few rounds, the rest
// of the miner goes on.
func TestFakesInOneCellAreFoundThere(t *testing.T) {
	const hidden = 7 // 3 % of the bytes
	var sum float64
	whole := 0
	const runs = 40
	for run := range runs {
		b := newBench(t, uint64(run), func(cell uint8) float64 {
			if cell == hidden {
				return 0
			}
			return 1
		})
		id := cellID{b.p.ID(), hidden}
		n := 0
		for ; n < 1000; n++ {
			b.round(0.02)
			if c := b.miner.cells[id]; c != nil && !b.state.pays(b.miner, id, c) {
				break
			}
		}
		sum += float64(n) / epochRounds
		if b.whole().test.rejected {
			whole++
		}
	}
	mean := sum / runs
	t.Logf("a cell of fakes with 3 %% of the bytes is found after %.1f epochs; %d of %d miners are rejected as a whole", mean, whole, runs)
	if mean > 5 {
		t.Errorf("a cell of fakes with 3 %% of the bytes is rejected after %.1f epochs", mean)
	}
	if whole > runs/10 {
		t.Errorf("%d of %d miners are rejected as a whole for a cell of 3 %%", whole, runs)
	}
}

// A miner that turns bad after a long good time goes on trial, stays there most of the
// time, and is paid again when it is good again.
func TestATurnEndsOnTrial(t *testing.T) {
	share := 1.0
	b := newBench(t, 3, func(uint8) float64 { return share })
	for range 1000 {
		b.round(0.02)
	}
	if out, trial := b.verdicts(); out || trial {
		t.Fatalf("while it is good: rejected %v, on trial %v", out, trial)
	}
	share = 0.9
	paid := 0
	for range 4000 {
		b.round(0.02)
		if out, trial := b.verdicts(); !out && !trial {
			paid++
		}
	}
	if paid > 800 {
		t.Errorf("with a tenth of fakes it is paid in %d of 4000 rounds", paid)
	}
	share = 1
	w := b.whole()
	w.test.rejected = false // the verdict is for good; the trial is not
	n := 0
	for ; w.change.onTrial && n < 500; n++ {
		b.round(0.02)
	}
	if n > 60 {
		t.Errorf("good again, it stays on trial for %d rounds", n)
	}
}

// No control of a host, no verdict from its rows of that round; where a program wants no
// controls, or there never was one, its stated noise is the noise.
func TestWithoutControlsThereIsNoVerdict(t *testing.T) {
	rowsOf := func(p *program.Program, from int) (rows []row) {
		for i := range 6 {
			rows = append(rows, row{cell: cellID{p.ID(), 1}, host: "forum.example", id: item.Hash{byte(from + i)}})
		}
		return rows
	}
	b := newBench(t, 1, always(1))
	b.state.host("forum.example").observe(evidence.Fetch{URI: "http://forum.example/p/1", Control: true, Status: evidence.FetchFound}, b.state.params)
	b.state.settleBeside(nil)
	for range 100 {
		b.state.judgeRows(b.miner, rowsOf(b.p, 0))
	}
	if w := b.whole(); w.test.logE != 0 || w.change.sum != 0 {
		t.Errorf("moved without a control: %+v", w)
	}
	own := *b.p
	own.Checks.Controls = 0
	b.state.programs[0] = &own
	for i := range 10 {
		b.state.judgeRows(b.miner, rowsOf(&own, 6*i)) // the first six of them are no old rows: they moved nothing
	}
	if w := b.whole(); !w.test.rejected || !w.change.onTrial {
		t.Errorf("sixty failures at the stated noise: %+v", w)
	}
}

// A page that is fetched once is one row, however often it was drawn.
func TestOnePageIsOneRow(t *testing.T) {
	var rows []row
	for range 5 {
		rows = addRow(rows, &draw{id: item.Hash{1}, uri: "http://forum.example/p/1", spot: Finding{Verdict: Fail}})
	}
	if rows = addRow(rows, &draw{id: item.Hash{2}, uri: "http://forum.example/p/1", spot: Finding{Verdict: Pass}}); len(rows) != 2 {
		t.Errorf("%d rows of two pages", len(rows))
	}
	got := fmt.Sprint(byHost([]row{{host: "b", pass: true}, {host: "a"}, {host: "b"}, {host: "b", pass: true}}, true))
	if got != "[{a 0 1 0} {b 2 1 0}]" {
		t.Errorf("by host %s", got)
	}
}

// One question that stays unanswered, of however many draws, puts nobody on trial; two in
// a row do.
func TestOneUnansweredQuestionIsNoTurn(t *testing.T) {
	for _, rows := range []int{1, 6, 64} {
		b := newBench(t, 1, always(1))
		b.miner.cell(cellID{b.p.ID(), 2}).sums = item.Sums{Bytes: 100, Count: 1}
		b.miner.cell(cellID{b.p.ID(), 3}).sums = item.Sums{Bytes: 300, Count: 1}
		b.state.failWholes(b.miner, rows)
		c := &b.whole().change
		if c.onTrial || c.sum <= 0 || c.sum > 0.5*b.state.params.TrialAlarm+1e-9 {
			t.Errorf("%v draws: %+v", rows, c)
		}
		if b.state.failWholes(b.miner, rows); rows >= 6 && !c.onTrial {
			t.Errorf("twice %v draws: %+v", rows, c)
		}
	}
}

// A program on trial, or rejected as a whole, pays in none of its cells; others pay.
func TestTheWholeStopsEachCell(t *testing.T) {
	b := newBench(t, 1, always(1))
	id, other := cellID{b.p.ID(), 2}, cellID{[8]byte{9}, 2}
	mine, others := b.miner.cell(id), b.miner.cell(other)
	for _, set := range []func(*whole){func(w *whole) { w.test.rejected = true }, func(w *whole) { w.change.onTrial = true }} {
		*b.whole() = whole{}
		if !b.state.pays(b.miner, id, mine) {
			t.Fatal("a clean cell does not pay")
		}
		if set(b.whole()); b.state.pays(b.miner, id, mine) || !b.state.pays(b.miner, other, others) {
			t.Errorf("%+v: pays %v, of another program %v", b.whole(), b.state.pays(b.miner, id, mine), b.state.pays(b.miner, other, others))
		}
	}
	b.state.params.TrialAlarm = 0
	if !b.state.pays(b.miner, id, mine) {
		t.Error("on trial although the watch is off")
	}
}

// A few bad items in a small stock are no proof that a miner works badly, however often
// they are drawn; new ones are. What is shown on trial counts each time.
func TestAnItemIsEvidenceOnce(t *testing.T) {
	b := newBench(t, 1, always(1))
	play := func(from, n, failures int) {
		var rows []row
		for i := range n {
			id := item.Hash{byte(from + i), byte((from + i) >> 8)}
			d := &draw{
				key: item.NewKey(item.Bucket{Program: b.p.ID()}, id), id: id,
				uri: "http://forum.example/p/2", host: "forum.example", spot: Finding{Verdict: Pass},
			}
			if i < failures {
				d.spot.Verdict = Fail
			}
			rows = addRow(rows, d)
		}
		b.state.settleBeside(nil)
		b.state.judgeRows(b.miner, rows)
	}
	for range 200 {
		play(0, 40, 4)
	}
	if w := b.whole(); w.test.rejected || w.change.onTrial || w.test.logE > 3 {
		t.Errorf("four bad items of forty, drawn 200 times: %+v", w)
	}
	for at := range 4 {
		play(100+40*at, 40, 8)
	}
	w := b.whole()
	if !w.test.rejected {
		t.Errorf("a fifth of 160 more items is bad: %+v", w)
	}
	for w.change.onTrial = true; w.change.onTrial; {
		before := w.change.trial
		if play(50, 40, 0); w.change.onTrial && w.change.trial <= before {
			t.Fatalf("good rows on trial do not count: %+v", w.change)
		}
	}
}

// What is remembered of a miner's rows is bounded, and the newest of it is there.
func TestRowsAreForgotten(t *testing.T) {
	var j judgedRows
	at := func(n int) row { return row{id: item.Hash{byte(n), byte(n >> 8)}} }
	for n := range 10 * judgedKept {
		if j.meet(at(n)) || !j.meet(at(n)) {
			t.Fatalf("row %d", n)
		}
		if len(j.now)+len(j.before) > 2*judgedKept {
			t.Fatalf("%d rows are kept", len(j.now)+len(j.before))
		}
	}
	for n := 9 * judgedKept; n < 10*judgedKept; n++ {
		if !j.meet(at(n)) {
			t.Fatalf("row %d is forgotten", n)
		}
	}
	if j.meet(at(0)) {
		t.Error("the first row is not forgotten")
	}
}

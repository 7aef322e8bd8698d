package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/assaynet/assay/lab"
)

// lastEpochs is over how many epochs votes are averaged.
const lastEpochs = 10

// matrix is the mean vote of each validator for each miner.
type matrix struct {
	validators, miners []string
	kinds              map[string]string // of the miners
	cells              map[[2]string]float64
	sums               map[string]total // of the miners, over validators
	epochs             int
}

// total is what validators give a miner.
type total struct {
	least, greatest, sum float64
	validators           int // that gave it something
}

// weights is the section of who votes for whom.
func weights(d Data) *section {
	if len(d.Weights) == 0 {
		return nil
	}
	m := newMatrix(d)
	s := &section{ID: "weights", Subject: "Votes of validators", Finding: m.finding(),
		Text: fmt.Sprintf("A cell is the weight that a validator gives a miner, of a sum of 1, as the mean of its votes in the last %s over all runs. A miner that is not in a vote counts with 0.", plural(m.epochs, "epoch", "epochs"))}
	shown := m
	shown.validators, shown.miners = pick(m.validators, maxHeatRows), pick(m.miners, maxHeatColumns)
	text := "Darker is more in light print, lighter is more on a dark screen; the scale is below. Empty ground is a weight of 0. Miners stand by kind, the honest first."
	if len(shown.miners) < len(m.miners) || len(shown.validators) < len(m.validators) {
		text += fmt.Sprintf(" Drawn are %s of %s miners and %s of %s validators, at equal distances in the order of names.",
			count(len(shown.miners)), count(len(m.miners)), count(len(shown.validators)), count(len(m.validators)))
	}
	title := s.Finding
	s.Figures = []figure{{draw: heat{title, shown}.draw, Class: "wide", Caption: text}}
	s.Tables = []listing{m.table()}
	return s
}

// pick are at most n of the names, at equal distances.
func pick(names []string, n int) []string {
	out := make([]string, 0, min(n, len(names)))
	for _, i := range thin(len(names), n) {
		out = append(out, names[i])
	}
	return out
}

func newMatrix(d Data) matrix {
	epochs := map[uint64]bool{}
	for _, w := range d.Weights {
		epochs[w.Epoch] = true
	}
	last := slices.Sorted(maps.Keys(epochs))
	last = last[max(0, len(last)-lastEpochs):]
	m := matrix{kinds: map[string]string{}, cells: map[[2]string]float64{}, epochs: len(last)}
	for _, a := range d.Actors {
		if a.Role == "miner" && m.kinds[a.Actor] == "" {
			m.kinds[a.Actor] = a.Kind
		}
	}
	m.gather(d.Weights, last[0])
	m.miners = slices.SortedFunc(maps.Keys(m.sums), func(a, b string) int {
		x, y := m.kinds[a], m.kinds[b]
		return cmp.Or(cmp.Compare(order(x), order(y)), cmp.Compare(x, y), compareNames(a, b))
	})
	return m
}

// gather averages the votes from an epoch on.
func (m *matrix) gather(rows []lab.Weight, from uint64) {
	type vote struct {
		run       int
		epoch     uint64
		validator string
	}
	votes, voted := map[vote]bool{}, map[string]int{}
	var filled [][2]string // in the order of rows, as sums must not follow that of a map
	for _, w := range rows {
		if w.Epoch < from {
			continue
		}
		if v := (vote{w.Run, w.Epoch, w.Validator}); !votes[v] {
			votes[v] = true
			voted[w.Validator]++
		}
		cell := [2]string{w.Validator, w.Miner}
		if _, ok := m.cells[cell]; !ok {
			m.cells[cell] = 0
			filled = append(filled, cell)
		}
		if drawable(w.Weight) {
			m.cells[cell] += w.Weight
		}
	}
	m.sums = map[string]total{}
	for _, c := range filled {
		m.cells[c] /= float64(voted[c[0]])
		w, t := m.cells[c], m.sums[c[1]]
		if t.validators == 0 {
			t.least, t.greatest = w, w
		}
		m.sums[c[1]] = total{min(t.least, w), max(t.greatest, w), t.sum + w, t.validators + 1}
	}
	m.validators = slices.SortedFunc(maps.Keys(voted), compareNames)
}

// spread is the range of the votes for a miner, and their mean. Who gave nothing counts.
func (m matrix) spread(miner string) (least, greatest, average float64) {
	t := m.sums[miner]
	if t.validators < len(m.validators) {
		t.least, t.greatest = min(t.least, 0), max(t.greatest, 0)
	}
	return t.least, t.greatest, t.sum / float64(len(m.validators))
}

func (m matrix) finding() string {
	var sum, good, apart float64
	who, known := "", false
	for _, name := range m.miners {
		least, greatest, average := m.spread(name)
		sum += average
		if m.kinds[name] == honest {
			good += average
		}
		known = known || m.kinds[name] != ""
		if greatest-least > apart || who == "" {
			apart, who = greatest-least, name
		}
	}
	agree := fmt.Sprintf("validators differ on a miner by at most %s of all weight", percent(apart))
	if len(m.validators) == 1 {
		agree = "there is one validator"
	} else if apart > 0 {
		agree += fmt.Sprintf(" (%s)", short(who))
	}
	if !known || sum == 0 {
		return capital(agree)
	}
	return fmt.Sprintf("Honest miners hold %s of the votes; %s", percent(good/sum), agree)
}

func (m matrix) table() listing {
	l := listing{Caption: "Weights of miners: mean over validators, and the validators that give least and most", Columns: []string{"miner", "kind", "mean", "lowest", "highest"}, Words: 2}
	each := m.validators
	if len(each) > maxHeatTable {
		each = nil
	}
	for _, v := range each {
		l.Columns = append(l.Columns, full(v))
	}
	for _, name := range m.miners {
		least, greatest, average := m.spread(name)
		cells := []string{full(name), orNone(m.kinds[name]), percent(average), percent(least), percent(greatest)}
		for _, v := range each {
			cells = append(cells, percent(m.cells[[2]string{v, name}]))
		}
		l.add(cells...)
	}
	l.cut(lab.TableWeights+".csv", len(l.Rows))
	return l
}

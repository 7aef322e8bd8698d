package agreement

import "math"

// maxPairs bounds the pairs of values that are compared at the ratio level, the only
// one at which they are compared one by one. It is some seconds of work.
const maxPairs = 1 << 30

// Alpha is Krippendorff's α = 1 − D_o/D_e of labels at a level of measurement
// (Krippendorff 2011), which allows for missing labels. With n_c the number of
// labels with value c, n their sum over the units with at least two labels, and m_u
// those of unit u,
//
//	D_o = (1/n)·Σ_u 1/(m_u−1)·Σ_{i≠j in u} δ²(i, j)
//	D_e = 1/(n(n−1))·Σ_{c≠k} n_c·n_k·δ²(c, k).
//
// It is 1 for perfect agreement, 0 where labels are paired as by chance, and negative
// where they disagree by system. scale has the number that each value stands for, at
// the interval and ratio levels; at the others it is not looked at, and the order of
// ordinal values is that of their codes.
//
// The double sums are taken in closed form: with S1 and S2 the sums of x and x² over
// a multiset, Σ_{i≠j}(x_i − x_j)² = 2(m·S2 − S1²), which is taken about the mean. At
// the ordinal level x is the mid-rank, which makes Krippendorff's ordinal metric a
// plain difference. So time is O(labels + values·log values), save at the ratio
// level, where it is O(values²) and a *WorkError says when that is too much. The
// error is an *UndefinedError when no unit has two labels or all labels are alike.
func (t *Table) Alpha(level Level, scale []float64) (float64, error) {
	m, err := t.measure(level, scale)
	if err != nil {
		return 0, err
	}
	times := make([]int32, len(t.patterns))
	for p := range times {
		times[p] = int32(t.patterns[p].units)
	}
	a, ok := m.alpha(times)
	if !ok {
		return 0, &UndefinedError{"Krippendorff's alpha", "all labels that can be compared are alike, so that nothing can be expected by chance"}
	}
	return a, nil
}

// measure is what alpha needs to be computed again and again for other numbers of
// units of each pattern.
type measure struct {
	table   *Table
	level   Level
	present []int32   // the values that occur
	points  []float64 // by value: its number, or its mid-rank
	within  []float64 // by pattern: Σ_{i≠j} δ²/(m−1); not at the ordinal level, where δ depends on all labels
	counts  []float64 // by value: n_c
}

// measure prepares for computations of alpha, of which one at least is not too much work.
func (t *Table) measure(level Level, scale []float64) (*measure, error) {
	if err := checkScale(level, scale, t.values); err != nil {
		return nil, err
	}
	if len(t.patterns) == 0 {
		return nil, &UndefinedError{"Krippendorff's alpha", "no unit has two labels that can be compared"}
	}
	m := &measure{table: t, level: level, points: scale, counts: make([]float64, t.values)}
	for _, p := range t.patterns {
		for _, c := range p.cells {
			m.counts[c.value] = 1
		}
	}
	for v, c := range m.counts {
		if c > 0 {
			m.present = append(m.present, int32(v))
		}
	}
	if pairs := t.pairsWithin() + m.pairs(); level == Ratio && pairs > maxPairs {
		return nil, &WorkError{"Krippendorff's alpha at the ratio level, which compares values two by two,", pairs, maxPairs, "round the values so that there are fewer of them"}
	}
	switch level {
	case Interval:
		m.points = unitRange(scale)
	case Ordinal:
		m.points = make([]float64, t.values)
		return m, nil
	}
	m.within = make([]float64, len(t.patterns))
	for p := range t.patterns {
		m.within[p] = m.disagreement(&t.patterns[p])
	}
	return m, nil
}

// pairsWithin is how many pairs of different values the patterns have.
func (t *Table) pairsWithin() float64 {
	pairs := 0.0
	for _, p := range t.patterns {
		pairs += float64(len(p.cells) * (len(p.cells) - 1) / 2)
	}
	return pairs
}

// pairs is how many pairs of different values there are at all.
func (m *measure) pairs() float64 { return float64(len(m.present) * (len(m.present) - 1) / 2) }

// alpha is α with times[p] units of pattern p. It is not ok when labels do not vary.
func (m *measure) alpha(times []int32) (alpha float64, ok bool) {
	for _, v := range m.present {
		m.counts[v] = 0
	}
	n := 0.0
	for p, k := range times {
		if k == 0 {
			continue
		}
		for _, c := range m.table.patterns[p].cells {
			m.counts[c.value] += float64(int64(k) * int64(c.count))
		}
		n += float64(int64(k) * int64(m.table.patterns[p].labels))
	}
	if m.level == Ordinal {
		m.rank()
	}
	observed := 0.0
	for p, k := range times {
		switch {
		case k == 0:
		case m.level == Ordinal:
			observed += float64(float64(k) * m.disagreement(&m.table.patterns[p]))
		default:
			observed += float64(float64(k) * m.within[p])
		}
	}
	expected := m.expected(n)
	if expected == 0 {
		return 0, false
	}
	return 1 - float64((n-1)*(observed/expected)), true
}

// rank makes the points the mid-ranks of the values: the labels below, and half of
// those alike.
func (m *measure) rank() {
	below := 0.0
	for _, v := range m.present {
		m.points[v] = below + float64(m.counts[v]/2)
		below += m.counts[v]
	}
}

// disagreement is Σ_{i≠j} δ²/(m−1) within a unit of a pattern.
func (m *measure) disagreement(p *pattern) float64 {
	n, sum := float64(p.labels), 0.0
	if len(p.cells) == 1 {
		return 0
	}
	switch m.level {
	case Nominal:
		for _, c := range p.cells {
			sum += float64(float64(c.count) * (n - float64(c.count)))
		}
	case Ratio:
		for i, c := range p.cells {
			for _, k := range p.cells[:i] {
				sum += float64(2 * float64(c.count) * float64(k.count) * ratioSquared(m.points[c.value], m.points[k.value]))
			}
		}
	default:
		mean := 0.0
		for _, c := range p.cells {
			mean += float64(float64(c.count) * m.points[c.value])
		}
		mean /= n
		for _, c := range p.cells {
			d := m.points[c.value] - mean
			sum += float64(float64(c.count) * float64(d*d))
		}
		sum = float64(2 * n * sum)
	}
	return sum / (n - 1)
}

// expected is Σ_{c≠k} n_c·n_k·δ² over all n labels.
func (m *measure) expected(n float64) float64 {
	sum := 0.0
	switch m.level {
	case Nominal:
		for _, v := range m.present {
			sum += float64(m.counts[v] * (n - m.counts[v]))
		}
	case Ratio:
		for i, c := range m.present {
			if m.counts[c] == 0 {
				continue
			}
			row := 0.0
			for _, k := range m.present[:i] {
				if m.counts[k] > 0 {
					row += float64(m.counts[k] * ratioSquared(m.points[c], m.points[k]))
				}
			}
			sum += float64(2 * m.counts[c] * row)
		}
	default:
		mean := 0.0
		for _, v := range m.present {
			mean += float64(m.counts[v] * m.points[v])
		}
		mean /= n
		for _, v := range m.present {
			d := m.points[v] - mean
			sum += float64(m.counts[v] * float64(d*d))
		}
		if m.oneValue() {
			return 0
		}
		sum = float64(2 * n * sum)
	}
	return sum
}

// oneValue reports whether all labels stand for one number, by whatever codes: then the
// mean may differ from it in its last bit, but they do not vary.
func (m *measure) oneValue() bool {
	first := math.NaN()
	for _, v := range m.present {
		switch {
		case m.counts[v] == 0:
		case math.IsNaN(first):
			first = m.points[v]
		case m.points[v] != first:
			return false
		}
	}
	return true
}

package agreement

import "math"

// twinAlpha is alpha by its definition, with a coincidence matrix filled pair by pair
// and Krippendorff's own forms of the metrics. It is NaN where alpha is not defined.
func twinAlpha(l labelled, level Level) float64 {
	byUnit := map[int32][]int32{}
	for i, u := range l.unit {
		byUnit[u] = append(byUnit[u], l.value[i])
	}
	coincidences := make([][]float64, l.values)
	for c := range coincidences {
		coincidences[c] = make([]float64, l.values)
	}
	for u := range int32(l.units) {
		for i, c := range byUnit[u] {
			for j, k := range byUnit[u] {
				if i != j {
					coincidences[c][k] += 1 / float64(len(byUnit[u])-1)
				}
			}
		}
	}
	marginal, n := make([]float64, l.values), 0.0
	for c, row := range coincidences {
		for _, o := range row {
			marginal[c] += o
			n += o
		}
	}
	observed, expected := 0.0, 0.0
	for c := range coincidences {
		for k := range coincidences {
			d := twinDelta(level, l.scale, marginal, c, k)
			observed += coincidences[c][k] * d * d / n
			expected += marginal[c] * marginal[k] * d * d / (n * (n - 1))
		}
	}
	if !(expected > 0) {
		return math.NaN()
	}
	return 1 - observed/expected
}

func twinDelta(level Level, scale, marginal []float64, c, k int) float64 {
	switch {
	case c == k:
		return 0
	case level == Nominal:
		return 1
	case level == Interval:
		return scale[c] - scale[k]
	case level == Ratio:
		return (scale[c] - scale[k]) / (scale[c] + scale[k])
	}
	lo, hi := min(c, k), max(c, k)
	d := -(marginal[lo] + marginal[hi]) / 2
	for g := lo; g <= hi; g++ {
		d += marginal[g]
	}
	return d
}

// twinFleiss goes by the article's own steps: agreement per unit, then its mean.
func twinFleiss(l labelled, m int) float64 {
	counts := make([][]float64, l.units)
	share := make([]float64, l.values)
	for u := range counts {
		counts[u] = make([]float64, l.values)
	}
	for i, u := range l.unit {
		counts[u][l.value[i]]++
		share[l.value[i]]++
	}
	mean, chance := 0.0, 0.0
	for _, row := range counts {
		agreeing := -float64(m)
		for _, n := range row {
			agreeing += n * n
		}
		mean += agreeing / float64(m*(m-1)) / float64(l.units)
	}
	for _, n := range share {
		p := n / float64(len(l.unit))
		chance += p * p
	}
	if chance == 1 {
		return math.NaN()
	}
	return (mean - chance) / (1 - chance)
}

// twinCohen goes over the whole table of values by values.
func twinCohen(values int, first, second []int32, w Weights) Cohen {
	n := float64(len(first))
	o := make([][]float64, values)
	for c := range o {
		o[c] = make([]float64, values)
	}
	rows, columns := make([]float64, values), make([]float64, values)
	for i := range first {
		o[first[i]][second[i]] += 1 / n
		rows[first[i]] += 1 / n
		columns[second[i]] += 1 / n
	}
	weight := func(c, k int) float64 { // of agreement
		switch d := math.Abs(float64(c-k)) / float64(values-1); {
		case w == Linear:
			return 1 - d
		case w == Quadratic:
			return 1 - d*d
		case c == k:
			return 1
		}
		return 0
	}
	po, pe := 0.0, 0.0
	byRow, byColumn := make([]float64, values), make([]float64, values)
	for c := range o {
		for k := range o {
			po += o[c][k] * weight(c, k)
			pe += rows[c] * columns[k] * weight(c, k)
			byRow[c] += columns[k] * weight(c, k)
			byColumn[k] += rows[c] * weight(c, k)
		}
	}
	kappa := (po - pe) / (1 - pe)
	sum := 0.0
	for c := range o {
		for k := range o {
			sum += o[c][k] * math.Pow(weight(c, k)-(byRow[c]+byColumn[k])*(1-kappa), 2)
		}
	}
	variance := (sum - math.Pow(kappa-pe*(1-kappa), 2)) / (n * (1 - pe) * (1 - pe))
	return Cohen{kappa, math.Sqrt(max(variance, 0))}
}

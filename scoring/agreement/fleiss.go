package agreement

import (
	"fmt"
	"math"
)

// Kappa is a chance-corrected agreement with its test against no agreement.
type Kappa struct {
	Value         float64
	StandardError float64 // when raters agree by chance only
	Z             float64 // Value/StandardError, about standard normal then
}

// Fleiss is the agreement of many raters on nominal values.
type Fleiss struct {
	Kappa
	Categories []Kappa // by value; NaN for one that nobody or everybody chose
	Raters     int     // labels per unit
}

// FleissKappa is Fleiss' κ = (P̄ − P_e)/(1 − P_e) for N units with the same number m
// of labels each (Fleiss 1971). With n_uc the labels of unit u that have value c, and
// p_c the share of c in all,
//
//	P̄ = 1/(N·m·(m−1))·Σ_u Σ_c n_uc·(n_uc−1),  P_e = Σ_c p_c²
//	κ_c = 1 − Σ_u n_uc·(m−n_uc)/(N·m·(m−1)·p_c·(1−p_c)).
//
// The standard errors hold where raters label at random with these shares (Fleiss,
// Nee and Landis 1979): with q_c = 1 − p_c
//
//	SE(κ) = √(2/(N·m·(m−1)))·√((Σp_c·q_c)² − Σp_c·q_c·(q_c−p_c))/Σp_c·q_c
//	SE(κ_c) = √(2/(N·m·(m−1))).
//
// The error is an *UndefinedError when units have different numbers of labels, or
// fewer than two, or all have one value.
func (t *Table) FleissKappa() (Fleiss, error) {
	m, err := t.raters()
	if err != nil {
		return Fleiss{}, err
	}
	counts, apart := make([]float64, t.values), make([]float64, t.values) // Σ_u n_uc and Σ_u n_uc·(m−n_uc)
	for _, p := range t.patterns {
		for _, c := range p.cells {
			counts[c.value] += float64(int64(p.units) * int64(c.count))
			apart[c.value] += float64(int64(p.units) * int64(c.count) * int64(m-int(c.count)))
		}
	}
	units := float64(t.units)
	labels, pairs := float64(units*float64(m)), float64(units*float64(m)*float64(m-1))
	out := Fleiss{Categories: make([]Kappa, t.values), Raters: m}
	disagree, chance, third := 0.0, 0.0, 0.0
	for c := range counts {
		p := counts[c] / labels
		pq := float64(p * (1 - p))
		disagree += apart[c] / pairs
		chance += pq
		third += float64(pq * (1 - float64(2*p)))
		out.Categories[c] = kappa(1-apart[c]/float64(pairs*pq), math.Sqrt(2/pairs))
	}
	if chance == 0 {
		return Fleiss{}, &UndefinedError{"Fleiss' kappa", "all labels are alike, so that nothing can be expected by chance"}
	}
	se := float64(math.Sqrt(2/pairs)*math.Sqrt(max(float64(chance*chance)-third, 0))) / chance
	out.Kappa = kappa(1-disagree/chance, se)
	return out, nil
}

func kappa(value, se float64) Kappa { return Kappa{value, se, value / se} }

// raters is the number of labels that each unit has.
func (t *Table) raters() (int, error) {
	const what = "Fleiss' kappa"
	switch {
	case t.units == 0:
		return 0, &UndefinedError{what, "there are no units"}
	case len(t.patterns) == 0 || t.single+t.empty > 0:
		return 0, &UndefinedError{what, fmt.Sprintf("%d of %d units have fewer than two labels, want the same number for each unit", t.single+t.empty, t.units)}
	}
	m := t.patterns[0].labels
	for _, p := range t.patterns {
		if p.labels != m {
			return 0, &UndefinedError{what, fmt.Sprintf("some units have %d labels and some %d, want the same number for each unit", m, p.labels)}
		}
	}
	return m, nil
}

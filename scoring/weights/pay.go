package weights

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// Bounds of what Cell takes: a product of a demand and an amount is a finite number,
// and a power is taken by as many multiplications.
const (
	MaxAmount = 1e150 // of a demand too
	MaxGamma  = 64
)

// Value is what an amount is worth in a cell that pays `demand` in total:
//
//	demand · amount / (network + half)
//
// network is the sum of the amounts of all who are paid, and half the network total
// at which half of the demand is paid: a cell pays with diminishing returns, and its
// total is shared in proportion. Amounts are of 0 to MaxAmount, in one unit, and no
// greater than network, and demand likewise of 0 to MaxAmount: so Value is at most
// demand. It is 0 unless network + half is above 0.
func Value(demand, amount, network, half float64) float64 {
	if !(network+half > 0) {
		return 0
	}
	return float64(demand*amount) / (network + half)
}

// Pay is value · lower^gamma: what is not known to be valid is not paid. lower is a
// lower bound of the valid share, 0 to 1. It is 0 for a gamma that is not of 0 to
// MaxGamma, by which nothing is known to be owed.
func Pay(value, lower float64, gamma int) float64 {
	if gamma < 0 || gamma > MaxGamma {
		return 0
	}
	return float64(value * kernel.Power(lower, gamma))
}

// Cell is the pay of each worker in one cell: Pay of its Value, the network total
// being the sum of the amounts in their order. A worker that is split into several with
// the same bound gets exactly what it got (up to rounding), whatever the parts,
// since neither the total nor the sum of the parts changes.
//
// amounts and lower are equally long, amounts and demand of 0 to MaxAmount, gamma of 0
// to MaxGamma. An error names the first number out of range.
func Cell(amounts, lower []float64, demand, half float64, gamma int) ([]float64, error) {
	if err := pairs("amount", amounts, MaxAmount, "bound", lower, 1); err != nil {
		return nil, err
	}
	if !(demand >= 0 && demand <= MaxAmount && half >= 0 && half < math.Inf(1)) || gamma < 0 || gamma > MaxGamma {
		return nil, fmt.Errorf("demand %v, half %v, gamma %d: want a demand of 0 to %v, a finite half of 0 and more, and a gamma of 0 to %d", demand, half, gamma, MaxAmount, MaxGamma)
	}
	network, err := total(amounts)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(amounts))
	for i, a := range amounts {
		out[i] = Pay(Value(demand, a, network, half), lower[i], gamma)
	}
	return out, nil
}

// total is the sum of amounts, taken in their order.
func total(amounts []float64) (float64, error) {
	var sum float64
	for _, a := range amounts {
		sum += a
	}
	if math.IsInf(sum, 1) {
		return 0, fmt.Errorf("the sum of %d amounts is more than a float64 holds: use a larger unit", len(amounts))
	}
	return sum, nil
}

// Shares divides each amount by their sum, taken in their order; all are 0 when
// nobody earned anything.
func Shares(pay []float64) ([]float64, error) {
	if err := within("pay", pay, math.MaxFloat64); err != nil {
		return nil, err
	}
	sum, err := total(pay)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(pay))
	for i, p := range pay {
		if sum > 0 {
			out[i] = p / sum
		}
	}
	return out, nil
}

// within reports the first number that is not in 0 to most.
func within(what string, of []float64, most float64) error {
	for i, v := range of {
		if !(v >= 0 && v <= most) {
			return fmt.Errorf("%s %d is %v, want 0 to %v", what, i, v, most)
		}
	}
	return nil
}

// pairs does so for two slices of one length.
func pairs(whatA string, a []float64, mostA float64, whatB string, b []float64, mostB float64) error {
	if len(a) != len(b) {
		return fmt.Errorf("there are %d numbers of %s and %d of %s: each worker has one of both", len(a), whatA, len(b), whatB)
	}
	if err := within(whatA, a, mostA); err != nil {
		return err
	}
	return within(whatB, b, mostB)
}

package weights_test

import (
	"fmt"

	"github.com/assaynet/assay/scoring/weights"
)

// Three workers in a cell, by unique bytes and the lower bound of their valid share.
func Example() {
	pay, err := weights.Cell([]float64{40_000, 20_000, 500}, []float64{0.95, 0.90, 0.10}, 1, 100_000, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(weights.Quantise(pay))
	// Output:
	// [65535 29409 9]
}

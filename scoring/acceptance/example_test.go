package acceptance_test

import (
	"fmt"

	"github.com/assaynet/assay/scoring/acceptance"
)

// A corpus is tested row by row, by a test of which the cost and the errors are known.
func Example() {
	design := acceptance.Design{Good: 0.95, Bad: 0.80, Alpha: 0.01, Beta: 0.01, Cap: 200}
	for _, share := range []float64{design.Good, design.Bad} {
		c, err := design.Characteristic(share)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("of share %.2f it rejects %.4f, after %.1f rows on average\n", share, c.Reject, c.ASN)
	}
	test, err := acceptance.NewSPRT(design)
	if err != nil {
		fmt.Println(err)
		return
	}
	rows := 1
	for test.Observe(true) == acceptance.Continue {
		rows++
	}
	fmt.Println(test.Decision(), "after", rows, "passes")
	// Output:
	// of share 0.95 it rejects 0.0061, after 48.9 rows on average
	// of share 0.80 it rejects 0.9904, after 36.2 rows on average
	// accept after 27 passes
}

package standing_test

import (
	"fmt"

	"github.com/assaynet/assay/scoring/standing"
)

// A worker passes 28 of 30 checks in five rounds, and is then not checked for ten.
func Example() {
	rule := standing.Rule{PriorPass: 1, PriorFail: 1, Credible: 0.1, Forget: 0.99, ForgetRound: 0.985}
	var rows []standing.Row
	for i := range 30 {
		rows = append(rows, standing.Row{Round: uint64(1 + i/6), Pass: i%15 != 7, Weight: 1})
	}
	for _, round := range []uint64{5, 15} {
		p, err := rule.After(rows, round)
		if err != nil {
			fmt.Println(err)
			return
		}
		s := rule.Share(p, 0.02)
		fmt.Printf("round %d: %.1f rows count, valid share %.3f, at least %.3f\n", round, p.Rows(), s.Mean, s.Lower)
	}
	// Output:
	// round 5: 25.3 rows count, valid share 0.920, at least 0.842
	// round 15: 21.8 rows count, valid share 0.915, at least 0.830
}

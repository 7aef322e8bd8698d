package aggregate

import (
	"math"
	"testing"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/scoring"
)

func TestRanking(t *testing.T) {
	w := games()
	r := labels(t, w.program, w.tasks)
	if r.Ranking == nil || len(r.Ranking.Items) != 12 || r.Ranking.Games != 66*8 || r.Ranking.Components != 1 || r.Ranking.Interval != "sandwich" {
		t.Fatalf("ranking %+v", r.Ranking)
	}
	if r.Ranking.Ties <= 0 {
		t.Errorf("ν = %v although games were tied", r.Ranking.Ties)
	}
	best := map[item.Hash]int{}
	for i := range 12 {
		best[numbered(i)] = 12 - i
	}
	for i, x := range r.Ranking.Items {
		if rank := best[x.Item]; rank < x.RankLow || rank > x.RankHigh {
			t.Errorf("item %d has rank %d, stated %d to %d", i, rank, x.RankLow, x.RankHigh)
		}
		if !(x.Lower < x.Strength && x.Strength < x.Upper) || i > 0 && x.Strength > r.Ranking.Items[i-1].Strength {
			t.Errorf("item %d: %+v", i, x)
		}
	}
	for _, x := range r.Raters {
		honest, turned := true, x.Miner == miner(7)
		if x.Miner == miner(6) || turned {
			honest = false
		}
		if honest && x.ReliabilityLower < 0.5 || turned && x.ReliabilityUpper > 0.5 {
			t.Errorf("rater %s: reliability %v, %v to %v", x.Miner.Short(), x.Reliability, x.ReliabilityLower, x.ReliabilityUpper)
		}
	}
}

// Both bad counts as a tie in the ranking, and is a label of its own.
func TestNeither(t *testing.T) {
	p := pairs()
	subjects, _ := pair(numbered(1), numbered(2))
	task := scoring.Judged{Program: "pairs", Subjects: subjects}
	for m := range 3 {
		task.Answers = append(task.Answers, scoring.JudgedAnswer{Miner: miner(m), Answer: program.AnswerNeither, Passed: true})
	}
	r := labels(t, p, []scoring.Judged{task})
	if r.Tasks[0].Label != program.AnswerNeither || r.Ranking.Neither != 3 || math.Abs(r.Ranking.Items[0].Strength) > 1e-9 {
		t.Errorf("label %q, ranking %+v", r.Tasks[0].Label, r.Ranking)
	}
}

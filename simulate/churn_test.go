package simulate

import (
	"context"
	"testing"
)

// counted is how many keys actors have, and what they earn.
type counted struct {
	incentives
	keys map[string]int
	ever float64 // rao burnt by all
}

func (c *counted) Epoch(r Report) {
	c.incentives.Epoch(r)
	c.ever = 0
	for _, m := range r.Miners {
		c.keys[m.Actor] = m.Keys
		c.ever += float64(m.Burnt)
	}
}

func small() *Scenario {
	sc := Defaults()
	sc.Epochs, sc.Validators[0].Count, sc.Miners[0].Count = 12, 1, 4
	return sc
}

// A miner that leaves is paid no more, soon, and its share goes to the others.
func TestAMinerThatLeavesIsPaidNoMore(t *testing.T) {
	sc := small()
	sc.Miners = append(sc.Miners, MinerGroup{Name: "leaver", Count: 1, Kind: Honest, Quality: 1, Pages: 40, Leave: 6})
	got := &counted{incentives{}, map[string]int{}, 0}
	if err := Run(context.Background(), sc, 0, got, Options{}); err != nil {
		t.Fatal(err)
	}
	pay := got.incentives["leaver"]
	if pay[5] < 0.15 || pay[10] > 0.001 || got.keys["leaver"] != 0 || got.keys["honest-1"] != 1 {
		t.Errorf("it leaves at epoch 6 and is paid %.3f, keys %v", pay, got.keys)
	}
}

// Whoever is replaced registers again, under one key at a time.
func TestChurnReplacesKeys(t *testing.T) {
	var burnt []float64
	for _, share := range []float64{0, 0.3} {
		sc := small()
		sc.Churn.Share = share
		got := &counted{incentives{}, map[string]int{}, 0}
		if err := Run(context.Background(), sc, 0, got, Options{}); err != nil {
			t.Fatal(err)
		}
		for name, keys := range got.keys {
			if keys != 1 {
				t.Errorf("%s has %d keys", name, keys)
			}
		}
		burnt = append(burnt, got.ever)
	}
	if burnt[1] <= burnt[0] {
		t.Errorf("with churn %.0f rao are burnt, without it %.0f", burnt[1], burnt[0])
	}
}

package simulate

import (
	"context"
	"testing"
)

// incentives are what actors got in each epoch.
type incentives map[string][]float64

func (x incentives) Epoch(r Report) {
	for _, m := range r.Miners {
		x[m.Actor] = append(x[m.Actor], m.Weight)
	}
}

func (incentives) Decided(Decision) {}

// An honest newcomer is paid four fifths of what a mature miner with the same pages is
// within half of the immunity period, which is 5.7 epochs.
func TestANewcomerIsPaidSoon(t *testing.T) {
	sc := Defaults()
	sc.Epochs, sc.Validators[0].Count = 24, 1
	sc.Miners[0].Count = 4
	const joins = 16
	sc.Miners = append(sc.Miners, MinerGroup{Name: "newcomer", Count: 1, Kind: Honest, Quality: 0.99, Pages: 40, Join: joins})
	got := incentives{}
	if err := Run(context.Background(), sc, 0, got, Options{}); err != nil {
		t.Fatal(err)
	}
	soon := int(sc.Subnet.Immunity) / 2 / int(sc.Subnet.Tempo)
	for e := joins; e < int(sc.Epochs); e++ {
		var mature float64
		for _, name := range []string{"honest-1", "honest-2", "honest-3", "honest-4"} {
			mature += got[name][e] / 4
		}
		share := got["newcomer"][e] / mature
		t.Logf("epoch %d: %.2f of mature pay", e-joins, share)
		if e-joins >= soon && share < 0.8 {
			t.Errorf("%d epochs after it joined a newcomer is paid %.2f of mature pay", e-joins, share)
		}
	}
}

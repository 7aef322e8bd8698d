package simulate

import (
	"context"
	"fmt"
	"testing"
)

type printer struct{ t *testing.T }

func (p printer) Epoch(r Report) {
	line := fmt.Sprint("epoch ", r.Epoch)
	for _, m := range r.Miners {
		line += fmt.Sprintf(" %s=%.4f/%.4f", m.Actor, m.Weight, m.Incentive)
	}
	p.t.Log(line, r.Judges[0].VTrust, r.Judges[0].Fetches)
}
func (p printer) Decided(d Decision) { p.t.Logf("%+v", d) }

func TestSmall(t *testing.T) {
	if err := Run(context.Background(), Defaults(), 0, printer{t}, Options{}); err != nil {
		t.Fatal(err)
	}
}

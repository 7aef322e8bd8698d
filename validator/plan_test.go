package validator

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// The numbers below were computed by an independent program (Python's hashlib and
// hmac) from the formulas in the doc comments of SeedOf, stream and drawFor. They
// pin what a recorded plan means: a change here breaks the replay of old records.
const (
	vectorSeed  = "0xa9195b9851c9519e8a1c4f62de6c7130c89056fbee13bddf5ed50d280eb3e891"
	vectorDraws = `1 a35aa5cbed050679 7899007ad196d53b
2 7e68d158cb9bb8a1 56287ac851d06903
1 6cebf10cbd57da14 fee7420e7480b816
1 cae9c4184a728b17 782481cd34629f81
1 7e14a3041eaf2279 a2b8527b53b9f366
1 542261461ca5cba3 02de1c07a3473b23`
	vectorControls = "fge"
)

func TestPlanVector(t *testing.T) {
	secret, block := item.Sum("vector secret"), item.Sum("vector block")
	seed := SeedOf(secret, block)
	if got := seed.String(); got != vectorSeed {
		t.Errorf("seed %s, want %s", got, vectorSeed)
	}
	hotkey := protocol.Hotkey(item.Sum("vector hotkey"))
	var b strings.Builder
	for _, d := range drawFor(newStream(seed, purposeDraw, hotkey[:]), 6) {
		fmt.Fprintf(&b, "%d %016x %016x\n", d.Mode, d.U, d.V)
	}
	if got := strings.TrimSpace(b.String()); got != vectorDraws {
		t.Errorf("draws\n%s\nwant\n%s", got, vectorDraws)
	}
	list := []string{"a", "b", "c", "d", "e", "f", "g"}
	if got := strings.Join(choose(newStream(seed, purposeControl, []byte("notes.example")), list, 3), ""); got != vectorControls {
		t.Errorf("controls %s, want %s", got, vectorControls)
	}
}

// Of every five consecutive draws one is by cell, whatever the number of draws.
func TestDrawModes(t *testing.T) {
	byCell, total := 0, 0
	for n := range 40 {
		draws := drawFor(newStream(item.Sum("seed"), purposeDraw, []byte{byte(n)}), n)
		for i := range draws {
			if draws[i].Mode == protocol.DrawCell {
				byCell++
			}
			if window := draws[i:min(i+5, n)]; len(window) == 5 {
				count := 0
				for _, d := range window {
					if d.Mode == protocol.DrawCell {
						count++
					}
				}
				if count != 1 {
					t.Fatalf("%d draws: %d by cell from draw %d on", n, count, i)
				}
			}
		}
		total += n
	}
	if share := float64(byCell) / float64(total); share < 0.17 || share > 0.23 {
		t.Errorf("%v of all draws are by cell", share)
	}
}

// Who is asked, and for what: a newcomer only for its root, the next time under a
// receipted root, and again the same after an unanswered question.
func TestPlanFollowsTheRecord(t *testing.T) {
	w := newWorld(t, "a", "b")
	w.chain.add(keyOf("idle").Hotkey(), w.order[0].at, true) // a validator that serves an axon is asked too
	w.chain.add(keyOf("silent validator").Hotkey(), w.chain.neurons[0].Axon.AddrPort(), true)
	j := &memory{}
	v, err := w.open(j)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.rounds(v, 1); err != nil {
		t.Fatal(err)
	}
	first := bodies[*evidence.Exchange](j.entries)
	if len(first) != 3 {
		t.Fatalf("%d miners asked, want 3", len(first))
	}
	if n := len(first[0].Calls); n != 2 {
		t.Errorf("%d calls at first contact, want root and receipt", n)
	}
	if items := itemsOf(t, first[0]); items.Receipt == nil || len(items.Parts) != 0 {
		t.Errorf("first contact: %+v", items)
	}
	w.order[0].ask = func(_ context.Context, raw []byte) ([]byte, error) {
		return nil, protocol.Fail(protocol.ReasonDial, "down")
	}
	if err := w.rounds(v, 1); err != nil {
		t.Fatal(err)
	}
	missed := itemsOf(t, bodies[*evidence.Exchange](j.entries)[3])
	if len(missed.Parts) != 1 || len(missed.Parts[0].Draws) != 6 || missed.Receipt != nil {
		t.Fatalf("second round: %+v", missed)
	}
	w.order[0].ask = nil
	if err := w.rounds(v, 1); err != nil {
		t.Fatal(err)
	}
	again := itemsOf(t, bodies[*evidence.Exchange](j.entries)[6])
	if again.Receipt == nil || !equal(again.Parts, missed.Parts) {
		t.Errorf("third round: %+v, want the parts %+v once more", again, missed.Parts)
	}
	mustReplay(t, j.entries)
}

func itemsOf(t *testing.T, x *evidence.Exchange) *protocol.ItemsRequest {
	t.Helper()
	for i := range x.Calls {
		_, asked, err := x.Calls[i].Asked()
		if err != nil {
			t.Fatal(err)
		}
		if req, ok := asked.(*protocol.ItemsRequest); ok {
			return req
		}
	}
	t.Fatal("no items were asked for")
	return nil
}

// Controls come from the known-good pages and differ from round to round.
func TestPlanControls(t *testing.T) {
	w := newWorld(t, "a")
	j := &memory{}
	v, err := w.open(j)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.rounds(v, 8); err != nil {
		t.Fatal(err)
	}
	var chosen []string
	for _, r := range bodies[*evidence.Reference](j.entries)[4:] {
		n := 0
		for _, f := range r.Fetches {
			if f.Control {
				n++
				chosen = append(chosen, f.URI)
			}
		}
		if n != 2 {
			t.Errorf("round %d has %d controls, want 2", r.Round, n)
		}
	}
	slices.Sort(chosen)
	if len(slices.Compact(chosen)) < 4 {
		t.Errorf("controls %v", chosen)
	}
}

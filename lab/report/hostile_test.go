package report

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/assaynet/assay/lab"
)

// largest is how large a report may be, in bytes.
const largest = 2 << 20

// TestNamesAreEscaped puts names that would be markup wherever a name may stand.
func TestNamesAreEscaped(t *testing.T) {
	const evil = `"'></title></svg></style><script>alert(1)</script><img src=x onerror=alert(1)>`
	for _, name := range []string{evil, "<b>", "&lt;b&gt;", "]]>", "-->", "javascript:alert(1)", "\u202eevil", "a\x00b", "%s%d", "{{.}}"} {
		d := named(small(), name)
		walk(t, render(t, d), func(n *html.Node) {
			switch n.Data {
			case "script", "img", "b":
				t.Fatalf("%q became a %s", name, n.Data)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") {
					t.Fatalf("%q became %s=%q", name, a.Key, a.Val)
				}
			}
		})
	}
	page := render(t, named(small(), "\u202eevil\x07"))
	if strings.ContainsAny(page, "\u202e\x07") || !strings.Contains(page, "\ufffdevil\ufffd") {
		t.Error("a sign that is not printed came through")
	}
	walk(t, render(t, named(small(), "<b> & co")), func(n *html.Node) {
		if n.Data == "text" && strings.Contains(text(n), "co") && !strings.Contains(text(n), "<b> & co") {
			t.Errorf("a name was changed to %q", text(n))
		}
	})
}

// named gives every name of the data.
func named(d Data, name string) Data {
	d.Manifest.Command, d.Manifest.Version, d.Manifest.Scenario, d.Manifest.Settings = name, name, name, map[string]string{name: name}
	d.Manifest.Tables = []Table{{name, 1, name}}
	for i := range d.Actors {
		if a := &d.Actors[i]; a.Kind != honest {
			a.Kind = name
		}
		d.Actors[i].Settings = name
		d.Actors[i].Actor += name
	}
	for i := range d.Pay {
		d.Pay[i].Actor += name
		if d.Pay[i].Kind != honest {
			d.Pay[i].Kind = name
		}
	}
	for i := range d.Weights {
		d.Weights[i].Miner += name
		d.Weights[i].Validator += name
	}
	for i := range d.Trust {
		d.Trust[i].Kind = name
	}
	for i := range d.Events {
		d.Events[i].Actor += name
		d.Events[i].Validator += name
		if d.Events[i].Kind != honest {
			d.Events[i].Kind = name
		}
	}
	for i := range d.Verdicts {
		d.Verdicts[i].Name, d.Verdicts[i].Settings = name, name
		if d.Verdicts[i].Outcome != "" {
			d.Verdicts[i].Outcome = name
		}
	}
	for i := range d.Characteristics {
		d.Characteristics[i].Rule = name
	}
	for i := range d.Trials {
		d.Trials[i].Name = name + d.Trials[i].Name
	}
	return d
}

// TestLargeAndWide has a million rows in a table, or very many, and as many names as there is room for.
func TestLargeAndWide(t *testing.T) {
	const rows = 1_000_000
	tests := map[string]func() Data{
		"epochs": func() (d Data) {
			for i := range rows {
				d.Pay = append(d.Pay, lab.Pay{Run: i % 2, Epoch: uint64(i / 200), Actor: "a", Kind: [10]string{honest, "b", "c", "d", "e", "f", "g", "h", "i", "j"}[i/2%10], Incentive: float64(i%97) / 97})
			}
			return d
		},
		"events": func() (d Data) {
			for i := range rows / 10 {
				d.Events = append(d.Events, lab.Event{Epoch: uint64(i), Validator: fmt.Sprint(i % 1000), Actor: fmt.Sprint(i), Kind: fmt.Sprint(i % 200), Event: "rejected", Items: uint64(i)})
				d.Actors = append(d.Actors, lab.Actor{Actor: fmt.Sprint(i), Role: [2]string{"miner", "validator"}[i%2], Kind: [2]string{"b", honest}[i%2]})
			}
			return d
		},
		"weights": func() (d Data) {
			for i := range rows / 5 {
				d.Weights = append(d.Weights, lab.Weight{Validator: fmt.Sprint(i), Miner: fmt.Sprint(i % 5000), Weight: float64(i%101) / 101})
			}
			return d
		},
		"trials": func() (d Data) {
			for i := range rows / 5 {
				d.Trials = append(d.Trials, lab.Trial{Point: i / 40, Type: [2]string{"parameter", "measure"}[i/20%2], Name: fmt.Sprint(i % 20), Value: float64(i * 7919 % 10007)})
			}
			return d
		},
		"names": manyNames,
	}
	for name, make := range tests {
		t.Run(name, func(t *testing.T) {
			page := render(t, make())
			if len(page) > largest {
				t.Errorf("the page has %d bytes", len(page))
			}
			if !strings.Contains(page, " of ") {
				t.Error("the page does not say what it left out")
			}
		})
	}
}

// manyNames is tables in which each row has a name of its own, of signs that grow when they
// are escaped.
func manyNames() (d Data) {
	wide := func(i int) string { return fmt.Sprintf("%06d%s", i, strings.Repeat("<", 200)) }
	for i := range 8_000 {
		n, x := wide(i), float64(i*7919%10007)/10007
		d.Actors = append(d.Actors, lab.Actor{Actor: n, Role: "miner", Kind: n, Settings: n}, lab.Actor{Actor: n, Role: "validator", Kind: honest, Settings: n})
		d.Pay = append(d.Pay, lab.Pay{Epoch: uint64(i % 200), Actor: n, Kind: wide(i / 200), Incentive: x})
		d.Weights = append(d.Weights, lab.Weight{Validator: wide(i % 64), Miner: wide(i / 64), Weight: x})
		d.Trust = append(d.Trust, lab.Trust{Epoch: uint64(i % 200), Validator: n, Kind: wide(i / 200), Stake: 1, VTrust: x, Dividends: x, Fetches: uint64(i)})
		d.Events = append(d.Events, lab.Event{Epoch: uint64(i), Validator: n, Actor: n, Kind: n, Event: [3]string{"rejected", "alarmed", "flagged"}[i%3], Items: uint64(i)})
		d.Verdicts = append(d.Verdicts, lab.Verdict{Name: n, Settings: n, Ratio: x, Lower: x, Upper: x, Pays: true})
		d.Shares = append(d.Shares, lab.Share{Fakes: x, Ratio: x, Lower: x, Upper: x})
		d.Characteristics = append(d.Characteristics, lab.Characteristic{Rule: wide(i % 10), Valid: x, Theory: x, Simulated: x, Lower: x, Upper: x, ItemsTheory: 1 + x, ItemsSimulated: 1 + x})
		d.Trials = append(d.Trials, lab.Trial{Point: i / 40, Type: [2]string{"parameter", "measure"}[i/20%2], Name: wide(i % 20), Value: x, Lower: x, Upper: x})
		d.Manifest.Tables = append(d.Manifest.Tables, Table{n, 1, n})
	}
	return d
}

// TestAnyRows renders tables of any values: it must not fail, nor write numbers that are none.
func TestAnyRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.OneOf(rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1), 1, 0.5, 1e308, -1e308, 5e-324, math.MaxFloat64}), rapid.Float64(), rapid.Float64Range(0, 1))
		f := func() float64 { return x.Draw(t, "x") }
		s := func() string {
			return rapid.OneOf(rapid.SampledFrom([]string{"", honest, "milk", "miner", "validator", "rejected", "alarmed", "watched", "parameter", "measure", "v", "a"}), rapid.String()).Draw(t, "name")
		}
		i := func() int { return rapid.IntRange(-2, 3).Draw(t, "run") }
		u := func() uint64 {
			return rapid.OneOf(rapid.Uint64Range(0, 4), rapid.Uint64()).Draw(t, "epoch")
		}
		d := Data{}
		for range rapid.IntRange(0, 4).Draw(t, "rows") {
			d.Actors = append(d.Actors, lab.Actor{Run: i(), Actor: s(), Role: s(), Kind: s(), Keys: i(), Settings: s()})
			d.Pay = append(d.Pay, lab.Pay{Run: i(), Epoch: u(), Actor: s(), Kind: s(), Weight: f(), Incentive: f()})
			d.Weights = append(d.Weights, lab.Weight{Run: i(), Epoch: u(), Validator: s(), Miner: s(), Weight: f()})
			d.Trust = append(d.Trust, lab.Trust{Run: i(), Epoch: u(), Validator: s(), Kind: s(), Stake: f(), VTrust: f(), Dividends: f(), Fetches: u()})
			d.Events = append(d.Events, lab.Event{Run: i(), Epoch: u(), Round: u(), Validator: s(), Actor: s(), Kind: s(), Event: s(), Items: u(), Epochs: u()})
			d.Verdicts = append(d.Verdicts, lab.Verdict{Name: s(), Ratio: f(), Lower: f(), Upper: f(), Pays: rapid.Bool().Draw(t, "pays"), DetectedItems: f(), DetectedEpochs: f(), Outcome: s()})
			d.Shares = append(d.Shares, lab.Share{Fakes: f(), Ratio: f(), Lower: f(), Upper: f(), Runs: i()})
			d.Characteristics = append(d.Characteristics, lab.Characteristic{Rule: s(), Valid: f(), Theory: f(), Simulated: f(), Lower: f(), Upper: f(), ItemsTheory: f(), ItemsSimulated: f(), Runs: i()})
			d.Trials = append(d.Trials, lab.Trial{Point: i(), Type: s(), Name: s(), Value: f(), Lower: f(), Upper: f()})
		}
		var b strings.Builder
		if err := Write(&b, d); err != nil {
			t.Fatal(err)
		}
		root, err := html.Parse(strings.NewReader(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		for n := range root.Descendants() {
			for _, a := range n.Attr {
				if n.Type != html.ElementNode || a.Key != "d" && len(a.Key) > 2 {
					continue // a drawing's places have names of one or two letters
				}
				if strings.Contains(a.Val, "NaN") || strings.Contains(a.Val, "Inf") || a.Key != "id" && strings.ContainsAny(a.Val, "eE") {
					t.Fatalf("%s has %s=%q", n.Data, a.Key, a.Val)
				}
			}
		}
	})
}

package lab

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/scoring"
)

var measureNames = []string{"worst_ratio", "honest_false_flag", "fetches_per_miner_day", "pay_spread"}

const goodSpace = `# what is tried
parameters:
  alpha: {range: [0.0001, 0.1], scale: log}
  gamma: {range: [1, 4], scale: integer}
  good: {range: [0.9, 0.99], steps: 3}
minimise:
  worst_ratio.upper: 1
  fetches_per_miner_day: 0.0001
constraints:
  - honest_false_flag.upper <= 0.01
  - worst_ratio >= -1
`

func shipped(t *testing.T) *Base {
	t.Helper()
	b, err := NewBase(scoring.DefaultParameters())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReadSpace(t *testing.T) {
	s, err := ReadSpace([]byte(goodSpace), shipped(t), measureNames)
	if err != nil {
		t.Fatal(err)
	}
	want := []Parameter{{"alpha", 0.0001, 0.1, Log, 5}, {"gamma", 1, 4, Integer, 5}, {"good", 0.9, 0.99, Linear, 3}}
	if !slices.Equal(s.Parameters, want) {
		t.Errorf("%+v", s.Parameters)
	}
	if !slices.Equal(s.Minimise, []Term{{Reference{"fetches_per_miner_day", ""}, 0.0001}, {Reference{"worst_ratio", "upper"}, 1}}) {
		t.Errorf("%+v", s.Minimise)
	}
	if !slices.Equal(s.Constraints, []Constraint{{Reference{"honest_false_flag", "upper"}, true, 0.01}, {Reference{"worst_ratio", ""}, false, -1}}) {
		t.Errorf("%+v", s.Constraints)
	}
	grid, err := s.Grid()
	if err != nil || len(grid) != 5*4*3 || grid[0]["alpha"] != 0.0001 || grid[59]["alpha"] != 0.1 || grid[1]["good"] != 0.945 || grid[3]["gamma"] != 2 {
		t.Errorf("%v, %v", grid, err)
	}
}

func TestBadSpaces(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"empty", goodSpace, "", "space file is empty"},
		{"unknown key", "minimise:", "minimize:", "line 6, column 1: minimize: unknown key, want one of constraints, minimise, parameters"},
		{"unknown parameter", "gamma:", "gama:", "line 4, column 3: parameters.gama: no such parameter, want one of alpha, bad"},
		{"no end", "range: [1, 4], scale: integer", "range: [1]", "line 4, column 11: parameters.gamma.range: 1 numbers, want two, [from, to]"},
		{"turned round", "0.99]", "0.5]", "parameters.good.range[1]: 0.5, want more than the beginning of the range, which is 0.9"},
		{"log of 0", "0.0001,", "0,", "line 3, column 19: parameters.alpha.range[0]: 0, want a number above 0 on the scale log"},
		{"scale", "scale: log", "scale: exp", `parameters.alpha.scale: "exp", want linear, log or integer`},
		{"half", "4]", "4.5]", "parameters.gamma.range: 1 to 4.5, want whole numbers"},
		{"not whole", ", scale: integer", "", "parameters.gamma: it is a whole number, want scale: integer"},
		{"steps", "steps: 3", "steps: 1", "parameters.good.steps: 1, want 2 to 1000"},
		{"infinite", "0.99]", ".inf]", "parameters.good.range[1]: +Inf, want a number between"},
		{"NaN", "0.99]", ".nan]", "parameters.good.range[1]: NaN, want a number between"},
		{"out of the parameters' range", "[0.9,", "[0.4,", "line 5, column 18: parameters.good.range[0]: 0.4, want 0.5 to 0.999"},
		{"unknown measure", "worst_ratio.upper: 1", "worst: 1", "line 7, column 3: minimise.worst: no such measure, want one of worst_ratio, honest_false_flag"},
		{"unknown end", "worst_ratio.upper: 1", "worst_ratio.middle: 1", "want worst_ratio, worst_ratio.lower or worst_ratio.upper"},
		{"no weight", "worst_ratio.upper: 1", "worst_ratio.upper: 0", "minimise.worst_ratio.upper: 0, want a weight other than 0"},
		{"nothing to minimise", "minimise:\n  worst_ratio.upper: 1\n  fetches_per_miner_day: 0.0001", "minimise: {}", "minimise: nothing is there"},
		{"strict inequality", "upper <= 0.01", "upper < 0.01", `line 10, column 5: constraints[0]: "honest_false_flag.upper < 0.01": want MEASURE <= NUMBER or MEASURE >= NUMBER`},
		{"no number", ">= -1", ">= many", `"many", want a number`},
		{"unknown in constraint", "worst_ratio >=", "worst >=", "constraints[1]: \"worst >= -1\": no such measure"},
		{"text for number", "[1,", "[one,", "line 4, column 19: parameters.gamma.range[0]: want a number"},
		{"anchor", "minimise:", "minimise: &a", "anchors, aliases"},
	} {
		text := strings.Replace(goodSpace, c.from, c.to, 1)
		_, err := ReadSpace([]byte(text), shipped(t), measureNames)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	all := strings.NewReplacer("gamma:", "gama:", "worst_ratio.upper: 1", "worst: 1", "steps: 3", "steps: 1").Replace(goodSpace)
	if _, err := ReadSpace([]byte(all), shipped(t), measureNames); err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("not all mistakes at once: %v", err)
	}
}

func FuzzReadSpace(f *testing.F) {
	f.Add([]byte(goodSpace))
	base, err := NewBase(scoring.DefaultParameters())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := ReadSpace(text, base, measureNames)
		if err != nil {
			return
		}
		for _, u := range []float64{0, 0.3, 1} {
			cube := slices.Repeat([]float64{u}, len(s.Parameters))
			for _, p := range s.Parameters {
				if x := s.at(cube)[p.Name]; !(x >= p.From && x <= p.To) {
					t.Errorf("%s: %v at %v", p.Name, x, u)
				}
			}
		}
	})
}

// TestPlaces: a value is in its range, and its place is where it came from.
func TestPlaces(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := Parameter{Name: "x", Scale: rapid.SampledFrom([]string{Linear, Log, Integer}).Draw(r, "scale")}
		switch p.Scale {
		case Integer:
			p.From = float64(rapid.IntRange(-1000, 1000).Draw(r, "from"))
			p.To = p.From + float64(rapid.IntRange(1, 1000).Draw(r, "width"))
		default:
			p.From = rapid.Float64Range(1e-6, 1).Draw(r, "from")
			p.To = p.From * rapid.Float64Range(1.01, 1e6).Draw(r, "factor")
		}
		u, w := rapid.Float64Range(0, 1).Draw(r, "u"), rapid.Float64Range(0, 1).Draw(r, "w")
		x := p.value(u)
		if x < p.From || x > p.To || p.value(0) != p.From || p.value(1) != p.To {
			r.Errorf("%+v: %v at %v", p, x, u)
		}
		if u <= w && x > p.value(w) {
			r.Errorf("%+v falls from %v to %v", p, u, w)
		}
		if p.Scale == Integer && (x != math.Trunc(x) || p.value(p.place(x)) != x) || p.Scale != Integer && math.Abs(p.place(x)-u) > 1e-3 {
			r.Errorf("%+v: %v at %v is placed at %v", p, x, u, p.place(x))
		}
	})
}

// TestWholeValuesAreEquallyLikely: each value of a whole parameter has as many Sobol points.
func TestWholeValuesAreEquallyLikely(t *testing.T) {
	s := &Space{Parameters: []Parameter{{"n", -1, 2, Integer, 5}}}
	points, err := s.Sobol(1<<10, 3)
	if err != nil {
		t.Fatal(err)
	}
	got := map[float64]int{}
	for _, p := range points {
		got[p["n"]]++
	}
	if !maps.Equal(got, map[float64]int{-1: 256, 0: 256, 1: 256, 2: 256}) {
		t.Errorf("%v", got)
	}
}

func TestGridIsBounded(t *testing.T) {
	s := &Space{}
	for i := range 30 {
		s.Parameters = append(s.Parameters, Parameter{string(rune('a' + i)), 0, 1, Linear, 1000})
	}
	if _, err := s.Grid(); err == nil || !strings.Contains(err.Error(), "more than 65536 points") {
		t.Errorf("%v", err)
	}
}

func TestBaseWith(t *testing.T) {
	b := shipped(t)
	text, err := b.With(map[string]float64{"good": 0.951234, "gamma": 3, "alpha": 1e-5, "forget_round": 1})
	if err != nil {
		t.Fatal(err)
	}
	was, is := strings.Split(string(scoring.DefaultParameters()), "\n"), strings.Split(text, "\n")
	var changed []string
	for i := range was {
		if is[i] != was[i] {
			changed = append(changed, is[i])
		}
	}
	if len(was) != len(is) || !slices.Equal(changed, []string{"good: 0.951234", "alpha: 1.0e-05", "forget_round: 1", "gamma: 3"}) {
		t.Errorf("%q", changed)
	}
	good := number(b.Value("good"))
	for _, c := range []struct {
		base string
		with map[string]float64
		want string
	}{
		{"", map[string]float64{"goood": 1}, "goood is no parameter, want one of alpha"},
		{"", map[string]float64{"good": 2}, "good: 2, want 0.5 to 0.999"},
		{"good: " + good, map[string]float64{"good": 0.96}, ""},
		{`"good"  :   ` + good + `   # why`, map[string]float64{"good": 0.96}, ""},
	} {
		text := string(scoring.DefaultParameters())
		if c.base != "" {
			text = strings.Replace(text, "good: "+good, c.base, 1)
		}
		b, err := NewBase([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		got, err := b.With(c.with)
		if c.want == "" && (err != nil || got != strings.Replace(text, good, "0.96", 1)) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q: %v", c.base, err)
		}
	}
	// A file that leaves a rule out, and one in another form of YAML.
	lines := strings.Split(string(scoring.DefaultParameters()), "\n")
	lines = slices.DeleteFunc(lines, func(s string) bool { return strings.HasPrefix(s, "watch_") })
	short, err := NewBase([]byte(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := short.With(map[string]float64{"watch_rate": 0.1, "watch_factor": 3}); err != nil || !strings.HasSuffix(got, "\nwatch_factor: 3\nwatch_rate: 0.1\n") {
		t.Errorf("%v, %.60q", err, got[max(0, len(got)-60):])
	}
	flow, err := NewBase([]byte("{" + strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" || s[0] == '#' }), ", ") + "}"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := flow.With(map[string]float64{"good": 0.96}); err == nil {
		t.Error("a file in braces is changed")
	}
}

// TestBaseWithAnything: what is written is what is read.
func TestBaseWithAnything(t *testing.T) {
	b := shipped(t)
	rapid.Check(t, func(r *rapid.T) {
		want := map[string]float64{
			"good": rapid.Float64Range(b.Value("bad")+0.02, 0.99).Draw(r, "good"), "alpha": math.Pow(10, rapid.Float64Range(-9, -1).Draw(r, "alpha")),
			"flag_rounds": float64(rapid.Uint64Range(1, 1<<40).Draw(r, "flag_rounds")), "change_alarm": rapid.Float64Range(1, 100).Draw(r, "change_alarm"),
		}
		text, err := b.With(want)
		if err != nil {
			r.Fatal(err)
		}
		got, err := NewBase([]byte(text))
		if err != nil {
			r.Fatal(err)
		}
		for name, x := range want {
			if got.Value(name) != x {
				r.Errorf("%s: %v, want %v", name, got.Value(name), x)
			}
		}
		if strings.Count(text, "\n") != strings.Count(string(scoring.DefaultParameters()), "\n") {
			r.Error("lines were added")
		}
	})
}

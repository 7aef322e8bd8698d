package weights

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/yuma"
)

// vectors are those of testdata/README.md.
type vectors struct {
	Emit []struct {
		Name    string    `json:"name"`
		UIDs    []int     `json:"uids"`
		Weights []float64 `json:"weights"`
		OutUIDs []uint16  `json:"out_uids"`
		OutVals []uint16  `json:"out_vals"`
		Error   string    `json:"error"`
	} `json:"convert_and_normalize_weights_and_uids"`
	Cap []struct {
		Name  string    `json:"name"`
		Dtype string    `json:"dtype"`
		Limit float64   `json:"limit"`
		X     []float64 `json:"x"`
		Y     []float64 `json:"y"`
	} `json:"normalize_max_weight"`
	Process []struct {
		Name       string      `json:"name"`
		UIDs       []int       `json:"uids"`
		Weights    []float32   `json:"weights"`
		Neurons    int         `json:"num_neurons"`
		Min        float64     `json:"min_allowed_weights"`
		Max        float64     `json:"max_weight_limit"`
		Quantile   uint16      `json:"exclude_quantile"`
		OutUIDs    []int       `json:"out_uids"`
		OutWeights []float64   `json:"out_weights"`
		OutDtype   string      `json:"out_dtype"`
		Emit       [2][]uint16 `json:"emit"`
	} `json:"process_weights"`
	Row []struct {
		Name     string    `json:"name"`
		N        int       `json:"n"`
		UIDs     []int     `json:"uids"`
		Weights  []uint16  `json:"weights"`
		Expected []float32 `json:"expected"`
	} `json:"convert_weight_uids_and_vals_to_tensor"`
	Bonds []struct {
		Name     string   `json:"name"`
		N        int      `json:"n"`
		UIDs     []int    `json:"uids"`
		Bonds    []uint16 `json:"bonds"`
		Expected []int64  `json:"expected"`
	} `json:"convert_bond_uids_and_vals_to_tensor"`
	Split []struct {
		Name  string    `json:"name"`
		X     []float64 `json:"x"`
		Out   []uint16  `json:"out"`
		Error string    `json:"error"`
	} `json:"convert_maybe_split_to_u16"`
	Chain []struct {
		Values   []uint16 `json:"values"`
		Upscaled []uint16 `json:"upscaled"`
	} `json:"chain_vec_u16_max_upscale_to_u16"`
}

func load(t *testing.T) *vectors {
	t.Helper()
	b, err := os.ReadFile("testdata/weight_utils.json")
	if err != nil {
		t.Fatal(err)
	}
	v := new(vectors)
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
	counts := []int{len(v.Emit), len(v.Cap), len(v.Process), len(v.Row), len(v.Bonds), len(v.Split), len(v.Chain)}
	if want := []int{21, 10, 9, 5, 5, 8, 10}; !slices.Equal(counts, want) {
		t.Fatalf("cases %v, want %v", counts, want)
	}
	return v
}

func narrow(x []float64) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = float32(v)
	}
	return out
}

func TestEmitVectors(t *testing.T) {
	for _, c := range load(t).Emit {
		uids, values, err := Emit(c.UIDs, narrow(c.Weights))
		if (err != nil) != (c.Error != "") {
			t.Errorf("%s: error %v, the SDK has %q", c.Name, err, c.Error)
		}
		if c.Error == "" && (!slices.Equal(uids, c.OutUIDs) || !slices.Equal(values, c.OutVals)) {
			t.Errorf("%s: %v of %v, want %v of %v", c.Name, values, uids, c.OutVals, c.OutUIDs)
		}
	}
}

// Every bit agrees, since the sums are NumPy's.
func TestCapVectors(t *testing.T) {
	for _, c := range load(t).Cap {
		var got []float64
		if c.Dtype == "float32" {
			y, err := Cap(narrow(c.X), c.Limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range y {
				got = append(got, float64(v))
			}
		} else {
			var err error
			if got, err = Cap(c.X, c.Limit); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(got, c.Y) {
			t.Errorf("%s: %v, want %v", c.Name, got, c.Y)
		}
	}
}

func TestProcessVectors(t *testing.T) {
	for _, c := range load(t).Process {
		uids, got, err := Process(c.UIDs, c.Weights, Limits{c.Neurons, c.Min, c.Max, c.Quantile})
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		if !slices.Equal(uids, c.OutUIDs) || !slices.Equal(got, c.OutWeights) {
			t.Errorf("%s: %v of %v, want %v of %v", c.Name, got, uids, c.OutWeights, c.OutUIDs)
		}
		out, values, err := Emit(uids, got)
		if err != nil || !slices.Equal(out, c.Emit[0]) || !slices.Equal(values, c.Emit[1]) {
			t.Errorf("%s: emitted %v of %v, %v; want %v", c.Name, values, out, err, c.Emit)
		}
	}
}

func TestRowVectors(t *testing.T) {
	v := load(t)
	for _, c := range v.Row {
		if got, err := Row(c.N, c.UIDs, c.Weights); err != nil || !slices.Equal(got, c.Expected) {
			t.Errorf("%s: %v, %v, want %v", c.Name, got, err, c.Expected)
		}
	}
	for _, c := range v.Bonds {
		if got, err := Bonds(c.N, c.UIDs, c.Bonds); err != nil || !slices.Equal(got, c.Expected) {
			t.Errorf("%s: %v, %v, want %v", c.Name, got, err, c.Expected)
		}
	}
}

func TestSplitVectors(t *testing.T) {
	for _, c := range load(t).Split {
		got, err := Split(c.X)
		if (err != nil) != (c.Error != "") || !slices.Equal(got, c.Out) {
			t.Errorf("%s: %v, %v; want %v, %q", c.Name, got, err, c.Out, c.Error)
		}
	}
}

// What the chain does afterwards is in the package yuma.
func TestChainVectors(t *testing.T) {
	for _, c := range load(t).Chain {
		if got := yuma.MaxUpscale(c.Values); !slices.Equal(got, c.Upscaled) {
			t.Errorf("%v becomes %v, want %v", c.Values, got, c.Upscaled)
		}
	}
}

func TestBadVotesAreErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	emit := func(uids []int, w ...float64) error { _, _, err := Emit(uids, w); return err }
	capped := func(limit float64, x ...float32) error { _, err := Cap(x, limit); return err }
	process := func(l Limits, uids []int, w ...float32) error { _, _, err := Process(uids, w, l); return err }
	split := func(x ...float64) error { _, err := Split(x); return err }
	row := func(n int, uids []int, w ...uint16) error { _, err := Row(n, uids, w); return err }
	many := make([]float64, 100_000)
	for i := range many {
		many[i] = 1
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{emit([]int{1}, nan), "weight 0 is NaN"},
		{emit([]int{1, 2}, 1, inf), "weight 1 is +Inf"},
		{emit([]int{65536}, 1), "uid 0 is 65536"},
		{emit(nil), "no weights"},
		{capped(nan, 1), "limit is NaN"},
		{capped(-1, 1), "limit is -1"},
		{capped(0.9, 1, -1), "weight 1 is -1"},
		{capped(0.9, 3e38, 3e38), "use a larger unit"},
		{process(Limits{Neurons: -1}, []int{1}, 1), "-1 neurons"},
		{process(Limits{Neurons: 1 << 40}, []int{1}, 1), "want 0 to 65536"},
		{process(Limits{Neurons: 2, MinAllowed: nan}, []int{1}, 1), "at least NaN"},
		{process(Limits{Neurons: 2, MinAllowed: 2, MaxShare: 1}, []int{1, 2, 3}, 0, 0, 1), "beyond the 2 neurons"},
		{process(Limits{Neurons: 2, MaxShare: 1}, []int{1, 2}, 1), "2 uids and 1 weights"},
		{split(nan), "weight 0 is NaN"},
		{split(1e308, 1e308), "finite"},
		{split(many...), "too many equal ones"},
		{row(2, []int{2}, 1), "uid 0 is 2, in a subnet of 2"},
		{row(2, []int{-1}, 1), "uid 0 is -1"},
		{row(1<<40, nil), "want 0 to 65536"},
		{row(3, []int{1}), "1 uids and 0 values"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("error %v, want %q", c.err, c.want)
		}
	}
	if y, err := Cap([]float32{}, 1); err != nil || len(y) != 0 {
		t.Errorf("nothing capped is %v, %v", y, err)
	}
	if uids, w, err := Process(nil, nil, Limits{Neurons: 2}); err != nil || !slices.Equal(uids, []int{0, 1}) || w[0] != 0.5 {
		t.Errorf("no weights become %v of %v, %v", w, uids, err)
	}
}

// The halves go to the even number.
func TestRoundEven(t *testing.T) {
	for i := range 4 * Most {
		x := float64(i) / 4
		if got := roundEven(x); float64(got) != math.RoundToEven(x) {
			t.Fatalf("%v rounds to %d", x, got)
		}
	}
}

// By hand: linear interpolation between the numbers in order.
func TestQuantile(t *testing.T) {
	x := []float32{5, 1, 4, 2, 3}
	for _, c := range [][2]float64{{0, 1}, {0.25, 2}, {0.3, 2.2}, {0.5, 3}, {0.9, 4.6}, {1, 5}} {
		if got := quantile(x, c[0]); math.Abs(got-c[1]) > 1e-15 {
			t.Errorf("quantile %v is %v, want %v", c[0], got, c[1])
		}
	}
	if quantile([]float32{7}, 0.4) != 7 {
		t.Error("the quantile of one number")
	}
}

package counterfactual

import (
	"testing"

	"github.com/assaynet/assay/scoring"
)

// worldFold is the fold version that the records of a world are made by, whichever is the
// newest, and worldParameters are their parameters.
const (
	worldFold       = 3
	worldParameters = `good: 0.97
bad: 0.80
alpha: 0.01
noise_miss: 0.01
noise_window: 512
noise_quantile: 0.95
noise_prior: 50
change_alarm: 10
change_error: 0.01
watch_rate: 0.05
watch_factor: 2
forget: 0.99
forget_round: 0.985
prior_pass: 1
prior_fail: 1
credible: 0.10
gamma: 2
value_prior: 2
max_tries: 3
present_rounds: 8
claims_per_round: 96
claim_memory: 256
flag_rounds: 5000
`
)

// other is the parameters of a world with some lines replaced.
func other(t testing.TB, lines ...string) []byte {
	t.Helper()
	return with(t, []byte(worldParameters), lines...)
}

// Parameters that are written read back as they are, to the bit, and so do the shipped ones.
func TestWrittenParametersReadBack(t *testing.T) {
	for _, source := range [][]byte{[]byte(worldParameters), other(t, "alpha: 0.00000001", "forget: 0.98765432109876543", "noise_miss: 0"), scoring.DefaultParameters()} {
		p, err := scoring.DecodeParameters(source)
		if err != nil {
			t.Fatal(err)
		}
		text, err := write(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := scoring.DecodeParameters(text)
		if err != nil || len(changed(p, again)) > 0 {
			t.Errorf("%v: %v\n%s", err, changed(p, again), text)
		}
	}
}

func TestChangedNamesEveryParameter(t *testing.T) {
	p, err := scoring.DecodeParameters([]byte(worldParameters))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, s := range scalars(p) {
		if s.name == "" || seen[s.name] {
			t.Errorf("a field of the parameters has the name %q", s.name)
		}
		seen[s.name] = true
	}
	if len(changed(p, p)) > 0 || !seen["good"] || !seen["flag_rounds"] {
		t.Errorf("changed %v, names %v", changed(p, p), seen)
	}
	if !equal([]string(nil), []string{}) || equal([]string{"a"}, []string{}) || equal(1.0, 2.0) || !equal(true, true) {
		t.Error("equal parameters differ, or others do not")
	}
}

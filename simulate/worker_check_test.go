package simulate

import (
	"fmt"
	"strings"
	"testing"
)

// What a scenario says of labels is checked, and a mistake says what is allowed.
func TestLabelsAreChecked(t *testing.T) {
	said := func(labels Labels, labeller Labeller) string {
		var out []string
		bad := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
		in := func(key string, v, low, high float64) {
			if !(v >= low && v <= high) {
				bad("%s: %v, want %v to %v", key, v, low, high)
			}
		}
		labels.check(bad, in)
		labeller.check("miners[0].labels", bad, in)
		return strings.Join(out, "; ")
	}
	if got := said(Defaults().Labels, Labeller{Kind: "collude-labels", Accuracy: 0.9, Settings: map[string]float64{"keys": 3}}); got != "" {
		t.Error(got)
	}
	for want, got := range map[string]string{
		"labels.classes: they add up to 0.9, want 1":                 said(Labels{Classes: []float64{0.5, 0.4}}, Labeller{}),
		"labels.gold: 2, want 0 to 1":                                said(Labels{Gold: 2}, Labeller{}),
		"labels.repeats: -1, want 0 to 1":                            said(Labels{Repeats: -1}, Labeller{}),
		"miners[0].labels.accuracy: 1.5, want 0 to 1":                said(Labels{}, Labeller{Kind: "honest", Accuracy: 1.5}),
		"miners[0].labels.settings: only an adversary has them":      said(Labels{}, Labeller{Kind: "honest", Settings: map[string]float64{"keys": 1}}),
		`miners[0].labels.kind: "x", want honest or an adversary`:    said(Labels{}, Labeller{Kind: "x"}),
		"miners[0].labels.settings.keys: 9, want 2 to 5":             said(Labels{}, Labeller{Kind: "collude-labels", Settings: map[string]float64{"keys": 9}}),
		"miners[0].labels.settings.y: copy-label has no such settin": said(Labels{}, Labeller{Kind: "copy-label", Settings: map[string]float64{"y": 9}}),
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

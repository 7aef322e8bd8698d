package simulate

import (
	"maps"
	"slices"
	"strings"

	"github.com/assaynet/assay/zoo"
)

// check notes what is out of range in the labelling side of a scenario.
func (l Labels) check(bad func(format string, args ...any), in func(key string, v, low, high float64)) {
	sum := 0.0
	for _, share := range l.Classes {
		in("labels.classes", share, 0, 1)
		sum += share
	}
	if len(l.Classes) > 0 && !(sum > 0.999 && sum < 1.001) {
		bad("labels.classes: they add up to %v, want 1", sum)
	}
	in("labels.gold", l.Gold, 0, 1)
	in("labels.repeats", l.Repeats, 0, 1)
}

// check notes what is out of range in how a group labels.
func (l Labeller) check(key string, bad func(format string, args ...any), in func(key string, v, low, high float64)) {
	in(key+".accuracy", l.Accuracy, 0, 1)
	in(key+".spread", l.Spread, 0, 1)
	if l.Kind == "" || l.Kind == "honest" {
		if len(l.Settings) > 0 {
			bad("%s.settings: only an adversary has them", key)
		}
		return
	}
	a, ok := zoo.FindRater(l.Kind)
	if !ok {
		var names []string
		for _, r := range zoo.Raters() {
			names = append(names, r.Name)
		}
		bad("%s.kind: %.40q, want honest or an adversary that labels: %s", key, l.Kind, strings.Join(names, ", "))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(l.Settings)) {
		v := l.Settings[name]
		i := slices.IndexFunc(a.Settings, func(s zoo.Setting) bool { return s.Name == name })
		if i < 0 {
			bad("%s.settings.%s: %s has no such setting", key, name, a.Name)
			continue
		}
		in(key+".settings."+name, v, a.Settings[i].Low, a.Settings[i].High)
	}
}

package zoo

import (
	"slices"
	"strings"
)

// Setting is a number that an adversary can choose, and chooses in its own favour.
type Setting struct {
	Name      string
	Low, High float64
	Default   float64
	Try       []float64 // what a search for the worst case tries; it refines between them
}

// Adversary is one attack: who plays it, with what settings.
type Adversary struct {
	Name  string
	About string // what it does
	// Defence is what in Assay it runs against, and how to leave that out: then it pays.
	// At are the settings with which it does; others are the defaults.
	// Limit says, where nothing stands against it, what is known of it: it has no Defence
	// then, and its row is shown apart.
	Limit    string
	Defence  Defence
	At       map[string]float64
	Settings []Setting
	// Make gives the conduct of each of its keys. Keys of one adversary share what they
	// know.
	Make func(settings map[string]float64, seed uint64) []Conduct
	// Minds gives the mind of each of its keys instead, of one that labels. expert makes
	// honest labellers, each with errors of its own.
	Minds func(settings map[string]float64, seed uint64, expert func(key int) Expert) []Mind
}

// Defence is a parameter that, set to Off, lets an adversary earn. Parameter is one of
// these: "without", where Off names rules of scoring.LeftOut, separated by commas;
// "defences", where Off names one of the simulator's; or a number of the scoring's
// parameters.
type Defence struct {
	Parameter string
	Off       string
}

// Defaults are the default values of its settings.
func (a Adversary) Defaults() map[string]float64 {
	out := map[string]float64{}
	for _, s := range a.Settings {
		out[s.Name] = s.Default
	}
	return out
}

// Find is the adversary of a name.
func Find(name string) (Adversary, bool) {
	list := All()
	i := slices.IndexFunc(list, func(a Adversary) bool { return a.Name == name })
	if i < 0 {
		return Adversary{}, false
	}
	return list[i], true
}

// Setting is a setting of the adversary by its name.
func (a Adversary) Setting(name string) (Setting, bool) {
	i := slices.IndexFunc(a.Settings, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return Setting{}, false
	}
	return a.Settings[i], true
}

// SettingNames are the names of its settings, for people.
func (a Adversary) SettingNames() string {
	names := make([]string, len(a.Settings))
	for i, s := range a.Settings {
		names[i] = s.Name
	}
	return strings.Join(names, ", ")
}

// Names are those of all adversaries, for people.
func Names() string {
	all := All()
	names := make([]string, len(all))
	for i, a := range all {
		names[i] = a.Name
	}
	return strings.Join(names, ", ")
}

// All are the adversaries that collect, in the order of the documentation.
func All() []Adversary {
	return slices.Concat(
		[]Adversary{sybilCopy()}, fabricators(), []Adversary{
			hideStratum(), steer(), grind(), padDuplicates(), padBytes(), uncheckedCredit(), alternate(), whitewash(),
			unresolvable(), hoardFirst(), milk(), silent("stall", Stall), silent("refuse", Refuse), stale(), squat(), underReport(),
			splitIdentity(), counter(), pickLate(), forgetRoots(),
		},
	)
}

// without is the defence that rules of the scoring are.
func without(rules string) Defence { return Defence{"without", rules} }

// share is the setting of how much of what is shown, in items, is false.
func share(standard float64) Setting {
	return Setting{"share", 0.01, 1, standard, []float64{0.01, 0.03, 0.1, 0.3, 0.6, 1}}
}

// one is the conduct of an adversary with one key.
func one(of func(settings map[string]float64) Conduct) func(map[string]float64, uint64) []Conduct {
	return func(settings map[string]float64, _ uint64) []Conduct { return []Conduct{of(settings)} }
}

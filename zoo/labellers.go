package zoo

import "slices"

// FindRater is the adversary of a name that labels.
func FindRater(name string) (Adversary, bool) {
	i := slices.IndexFunc(Raters(), func(a Adversary) bool { return a.Name == name })
	if i < 0 {
		return Adversary{}, false
	}
	return Raters()[i], true
}

// The defences that adversaries that label run against.
var (
	byContrast = Defence{Parameter: "without", Off: "contrast"}
	byStanding = Defence{Parameter: "prior_pass", Off: "1000"} // with change_alarm 0 and the program's bar 0
)

// Raters are the adversaries that label, in the order of the documentation.
func Raters() []Adversary {
	one := func(name string, of ...float64) Setting {
		return Setting{Name: name, Low: slices.Min(of), High: slices.Max(of), Default: of[0], Try: of}
	}
	return []Adversary{
		{
			Name: "constant-label", About: "gives the same answer to everything", Defence: byContrast,
			Settings: []Setting{one("answer", 0, 1)},
			Minds: func(s map[string]float64, _ uint64, _ func(int) Expert) []Mind {
				return []Mind{Constant{Place: int(s["answer"])}}
			},
		},
		{
			Name: "random-label", About: "answers by chance", Defence: byStanding,
			Minds: func(_ map[string]float64, seed uint64, _ func(int) Expert) []Mind { return []Mind{Coin{seed}} },
		},
		{
			Name: "prior-label", About: "answers what was true most often, most seldom, last, or one after the other", Defence: byContrast,
			Settings: []Setting{one("way", MostTrue, LeastTrue, InTurns, LastTrue, LeastLater)},
			Minds: func(s map[string]float64, _ uint64, _ func(int) Expert) []Mind {
				return []Mind{&Prior{Way: int(s["way"])}}
			},
		},
		{
			Name: "collude-labels", About: "several keys pass the exam honestly and say the same where raters are compared with one another",
			Defence:  Defence{Parameter: "without", Off: "median"},
			Settings: []Setting{one("keys", 2, 3, 4, 5), one("way", WideSignal, Signal, Leader, SureLeader), one("exam", 1, 0)},
			Minds:    ring,
		},
		{
			Name: "clone-labels", About: "one honest labeller answers for several keys",
			Limit:    "each key is paid as a rater of its own; a task that falls to several of them has fewer opinions than it seems",
			Settings: []Setting{one("keys", 2, 3, 5)},
			Minds: func(s map[string]float64, _ uint64, expert func(int) Expert) (minds []Mind) {
				lead := expert(0)
				for range int(s["keys"]) {
					minds = append(minds, lead)
				}
				return minds
			},
		},
		{
			Name: "copy-label", About: "answers what others were seen to answer, on the wire or in the records that are published",
			Defence: Defence{Parameter: "labels.open", Off: "true"},
			Minds:   func(map[string]float64, uint64, func(int) Expert) []Mind { return []Mind{NewCopier()} },
		},
		{
			Name: "gold-leak", About: "gives truths that are known, and looks only at what it takes for gold",
			Defence:  Defence{Parameter: "labels.repeats", Off: "0.6"},
			Settings: []Setting{{Name: "least", Low: 0, High: 1.2, Default: 1, Try: []float64{1, 1.2}}}, // with 0 it looks at everything, as who is honest
			Minds: func(s map[string]float64, _ uint64, expert func(int) Expert) []Mind {
				return []Mind{NewLeak(expert(0), &Prior{Way: LeastTrue}, s["least"])}
			},
		},
		{
			Name: "abstain", About: "leaves out what it is not sure of, or gives it no look", Defence: Defence{Parameter: "without", Off: "withheld"},
			Settings: []Setting{one("least", 0.85, 0.75, 0.95), one("rest", 0, 1)},
			Minds: func(s map[string]float64, _ uint64, expert func(int) Expert) []Mind {
				a := Abstain{Expert: expert(0), Least: s["least"]}
				if s["rest"] == 1 {
					a.Else = &Prior{Way: LeastTrue}
				}
				return []Mind{a}
			},
		},
		{
			Name: "milk-label", About: "labels honestly, and then by chance", Defence: byStanding,
			Settings: []Setting{one("good", 100, 50, 200), one("bad", 100, 0, 20, 50)},
			Minds: func(s map[string]float64, seed uint64, expert func(int) Expert) []Mind {
				return []Mind{&Milk{Expert: expert(0), Else: Coin{seed}, Good: uint64(s["good"]), Bad: uint64(s["bad"])}}
			},
		},
		{
			Name: "seldom-label", About: "looks at a share of the tasks, and answers the others with what is hardly ever true", Defence: byStanding,
			Settings: []Setting{one("share", 0.5, 0.2, 0.8, 0.9), one("good", 0, 100)},
			Minds: func(s map[string]float64, seed uint64, expert func(int) Expert) []Mind {
				return []Mind{&Seldom{Expert: expert(0), Else: &Prior{Way: LeastTrue}, Share: s["share"], Good: uint64(s["good"]), Seed: seed}}
			},
		},
	}
}

// ring makes keys that collude. With exam 0 they look at nothing, not even where there is
// gold.
func ring(s map[string]float64, seed uint64, expert func(int) Expert) (minds []Mind) {
	lead := expert(int(s["keys"]))
	for i := range int(s["keys"]) {
		r := Ring{Expert: expert(i), Lead: lead, Way: int(s["way"]), Secret: seed}
		if s["exam"] == 0 {
			minds = append(minds, Pact{Secret: seed, Wide: r.Way == WideSignal})
			continue
		}
		minds = append(minds, r)
	}
	return minds
}

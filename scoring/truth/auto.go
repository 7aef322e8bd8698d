package truth

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Settings of Auto.
const (
	fewLabels  = 20  // a worker with fewer labels has too few for a confusion matrix
	enoughGold = 50  // gold tasks with labels, from which held-out gold chooses
	folds      = 5   // parts into which gold is held out in turn
	foldPasses = 100 // cap of the passes of a fit to the rest
)

// auto chooses a method, applies it, and says why. The rule without gold is Dawid–Skene
// MAP, but BWA when half of the workers with labels gave fewer than 20, and one-coin when
// the tables of these do not fit. With 50 gold tasks or more, each candidate is fitted
// five times without a fifth of the gold, which it has to predict; another method than
// the rule's is taken only when it predicts more, by two standard errors of the
// difference. Gold is divided by the order of tasks, which may decide a close choice.
func auto(l *Labels, o Options) (*Result, error) {
	chosen, why := rule(l)
	if n := len(goldTasks(l, o)); n >= enoughGold {
		var held string
		var err error
		if chosen, held, err = byGold(l, o, chosen); err != nil {
			return nil, err
		}
		why = fmt.Sprintf("%s; %s", why, held)
	} else if n > 0 {
		why = fmt.Sprintf("%s; %d gold tasks with labels are clamped, but too few to choose by (%d)", why, n, enoughGold)
	}
	r, err := Infer(l, chosen, o)
	if err != nil {
		return nil, err
	}
	disputed, err := audit(l, o, r)
	if err != nil {
		return nil, err
	}
	r.Why = fmt.Sprintf("%s: %s%s", chosen, why, disputed)
	return r, nil
}

// rule returns the method that is best without gold, and the reason.
func rule(l *Labels) (Method, string) {
	var given []int32
	for _, n := range l.given {
		if n > 0 {
			given = append(given, n)
		}
	}
	slices.Sort(given)
	median := given[(len(given)-1)/2]
	switch {
	case !l.fits(BWA):
		return OneCoin, fmt.Sprintf("%d classes are too many for the tables of other models", l.classes)
	case !l.fits(DawidSkeneMAP):
		return BWA, fmt.Sprintf("%d classes are too many for confusions of %d workers", l.classes, l.workers)
	case median < fewLabels:
		return BWA, fmt.Sprintf("half of the workers gave %d labels or fewer, and confusions of workers need about %d", median, fewLabels)
	default:
		return DawidSkeneMAP, fmt.Sprintf("the usual choice, as half of the workers gave %d labels or more", median)
	}
}

// goldTasks returns the tasks that have both a known class and labels.
func goldTasks(l *Labels, o Options) []int {
	var tasks []int
	for t := range o.Gold {
		if o.gold(t) >= 0 && l.start[t] < l.start[t+1] {
			tasks = append(tasks, t)
		}
	}
	return tasks
}

// byGold returns the method that predicts held-out gold best, or usual if none is better by
// more than chance, and a report.
func byGold(l *Labels, o Options, usual Method) (Method, string, error) {
	candidates := []Method{usual}
	for _, m := range []Method{DawidSkeneMAP, BWA, OneCoin, Wawa, Majority} {
		if m != usual && l.fits(m) {
			candidates = append(candidates, m)
		}
	}
	right := make([][]float64, len(candidates))
	report := make([]string, len(candidates))
	best, most := 0, 0.0
	for i, m := range candidates {
		var err error
		if right[i], err = heldOut(l, o, m); err != nil {
			return "", "", err
		}
		difference, square, sum := 0.0, 0.0, 0.0
		for j, v := range right[i] {
			d := v - right[0][j]
			sum += v
			difference += d
			square += float64(d * d)
		}
		report[i] = fmt.Sprintf("%s %.3f", m, sum/float64(len(right[i])))
		if difference > 2*math.Sqrt(square) && difference > most {
			best, most = i, difference
		}
	}
	said := "none is better by more than chance"
	if best > 0 {
		said = fmt.Sprintf("but %s is better by more than chance", candidates[best])
	}
	return candidates[best], fmt.Sprintf("share of %d held-out gold tasks that is right: %s; %s", len(right[0]), strings.Join(report, ", "), said), nil
}

// heldOut returns, for each gold task with labels, the share of its class in the best
// classes that the method predicts without it.
func heldOut(l *Labels, o Options, m Method) ([]float64, error) {
	tasks := goldTasks(l, o)
	right := make([]float64, len(tasks))
	o.Iterations = min(o.iterations(foldPasses), foldPasses)
	gold := o.Gold
	for f := range folds {
		o.Gold = slices.Clone(gold)
		for i := f; i < len(tasks); i += folds {
			o.Gold[tasks[i]] = -1
		}
		r, err := Infer(l, m, o)
		if err != nil {
			return nil, err
		}
		for i := f; i < len(tasks); i += folds {
			right[i] = r.Posterior.credit(tasks[i], int(gold[tasks[i]]))
		}
	}
	return right, nil
}

// audit says to how many tasks majority and BWA give another class, as far as they fit and
// are not the method itself.
func audit(l *Labels, o Options, r *Result) (string, error) {
	var parts []string
	disputed := 0
	for _, m := range []Method{Majority, BWA} {
		if m == r.Method || !l.fits(m) {
			continue
		}
		other, err := Infer(l, m, o)
		if err != nil {
			return "", err
		}
		n := 0
		for t := range l.tasks {
			if k, _ := r.Posterior.Best(t); other.Posterior.credit(t, k) == 0 {
				n++
			}
		}
		disputed += n
		if len(parts) == 0 {
			parts = append(parts, fmt.Sprintf("%s gives another class to %d", m, n))
		} else {
			parts = append(parts, fmt.Sprintf("%s to %d", m, n))
		}
	}
	if len(parts) == 0 {
		return "", nil
	}
	said := fmt.Sprintf(". Of %d tasks, %s", l.tasks, strings.Join(parts, " and "))
	if disputed > 0 {
		said += ": compare, and look first at the tasks that differ"
	}
	return said, nil
}

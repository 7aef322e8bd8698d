package report

import (
	"cmp"
	"maps"
	"slices"

	"github.com/assaynet/assay/lab"
)

// decisive reports whether an event is a decision against a miner. Who is watched is only
// looked at more closely.
func decisive(event string) bool {
	return event == "rejected" || event == "alarmed" || event == "flagged"
}

// miner is an actor of a run.
type miner struct {
	run   int
	actor string
}

// population are the actors of the runs.
type population struct {
	miners     map[miner]string        // with their kind
	validators map[int]map[string]bool // the honest ones of a run
}

func newPopulation(actors []lab.Actor) population {
	p := population{map[miner]string{}, map[int]map[string]bool{}}
	for _, a := range actors {
		switch {
		case a.Role == "miner":
			p.miners[miner{a.Run, a.Actor}] = a.Kind
		case a.Role == "validator" && a.Kind == honest:
			if p.validators[a.Run] == nil {
				p.validators[a.Run] = map[string]bool{}
			}
			p.validators[a.Run][a.Actor] = true
		}
	}
	return p
}

// kindsOf are the names in a set, the honest first.
func kindsOf[V any](set map[string]V) []string {
	return slices.SortedFunc(maps.Keys(set), func(a, b string) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), compareNames(a, b))
	})
}

// compareNames puts node-2 before node-10.
func compareNames(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		n, m := digits(x), digits(y)
		if n == 0 || m == 0 {
			if x[0] != y[0] {
				return cmp.Compare(x[0], y[0])
			}
			x, y = x[1:], y[1:]
			continue
		}
		u, v := trimZeros(x[:n]), trimZeros(y[:m])
		if c := cmp.Or(cmp.Compare(len(u), len(v)), cmp.Compare(u, v)); c != 0 {
			return c
		}
		x, y = x[n:], y[m:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
}

// digits is how many digits a string begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

func trimZeros(s string) string {
	for len(s) > 1 && s[0] == '0' {
		s = s[1:]
	}
	return s
}

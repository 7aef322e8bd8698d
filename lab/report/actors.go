package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/assaynet/assay/lab"
)

// actors is the section of who played.
func actors(d Data) *section {
	if len(d.Actors) == 0 {
		return nil
	}
	runs, roles := map[int]bool{}, map[string]int{}
	for _, a := range d.Actors {
		runs[a.Run] = true
		role := a.Role
		if role == "miner" && a.Kind != honest {
			role = "adversary"
		}
		roles[role]++
	}
	var parts []string
	for _, r := range []struct{ role, one, many string }{{"miner", "honest miner", "honest miners"}, {"adversary", "adversary", "adversaries"}, {"validator", "validator", "validators"}} {
		if n := roles[r.role]; n > 0 {
			parts = append(parts, plural(n, r.one, r.many))
		}
	}
	finding := fmt.Sprintf("In %s there were %s", plural(len(runs), "run", "runs"), listed(parts))
	if len(parts) == 0 {
		finding = "Who played has no role"
	}
	if len(runs) > 1 && len(parts) > 0 {
		finding += ", all runs together"
	}
	return &section{ID: "actors", Subject: "Who played", Finding: finding,
		Text:   "An actor is a validator, a miner, or all keys of one owner together.",
		Tables: []listing{actorsTable(d.Actors)}}
}

func actorsTable(rows []lab.Actor) listing {
	type group struct{ role, kind, settings string }
	type total struct{ actors, keys int }
	groups := map[group]total{}
	for _, a := range rows {
		g := group{a.Role, a.Kind, a.Settings}
		t := groups[g]
		groups[g] = total{t.actors + 1, t.keys + a.Keys}
	}
	l := listing{Caption: "Who played, by kind and settings", Columns: []string{"kind", "role", "settings", "actors in all runs", "keys in all runs"}, Words: 3}
	for _, g := range slices.SortedFunc(maps.Keys(groups), func(a, b group) int {
		return cmp.Or(strings.Compare(a.role, b.role), cmp.Compare(order(a.kind), order(b.kind)), strings.Compare(a.kind, b.kind), strings.Compare(a.settings, b.settings))
	}) {
		l.add(full(g.kind), full(g.role), orNone(g.settings), count(groups[g].actors), count(groups[g].keys))
	}
	l.cut(lab.TableActors+".csv", len(l.Rows))
	return l
}

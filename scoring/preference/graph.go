package preference

// graph is who was preferred to whom. A tie prefers each to the other.
type graph struct {
	components []int   // of each item, numbered by their lowest items
	members    [][]int // the items of each component, ascending
	parts      []int   // the strongly connected component of each item, numbered so too
	strong     []bool  // of each component: it is one part
}

// newGraph finds the components of a graph, by the two passes of Kosaraju and Sharir
// (Sharir 1981).
func newGraph(items int, preferences func(beats func(winner, loser int))) *graph {
	won, lost := make([][]int32, items), make([][]int32, items)
	preferences(func(winner, loser int) {
		won[winner] = append(won[winner], int32(loser))
		lost[loser] = append(lost[loser], int32(winner))
	})
	g := &graph{parts: strongParts(won, lost)}
	both := make([][]int32, items)
	for i := range both {
		both[i] = append(append(both[i], won[i]...), lost[i]...)
	}
	g.components = label(ascending(items), both, nil)
	for i, c := range g.components {
		if c == len(g.members) {
			g.members = append(g.members, nil)
			g.strong = append(g.strong, true)
		}
		g.members[c] = append(g.members[c], i)
		g.strong[c] = g.strong[c] && g.parts[i] == g.parts[g.members[c][0]]
	}
	return g
}

// strongParts labels the strongly connected components.
func strongParts(won, lost [][]int32) []int {
	var finished []int
	label(ascending(len(won)), won, &finished)
	for i, j := 0, len(finished)-1; i < j; i, j = i+1, j-1 {
		finished[i], finished[j] = finished[j], finished[i]
	}
	found := label(finished, lost, nil)
	names, out := map[int]int{}, make([]int, len(found))
	for i, f := range found { // numbered by their lowest items
		if _, ok := names[f]; !ok {
			names[f] = len(names)
		}
		out[i] = names[f]
	}
	return out
}

func ascending(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// label searches in depth from each item in the given order and labels what it reaches
// first from there. finished, if not nil, gets the items in the order in which the
// search left them.
func label(order []int, edges [][]int32, finished *[]int) []int {
	out := make([]int, len(order))
	for i := range out {
		out[i] = -1
	}
	next := make([]int, len(order)) // the edge to follow next
	labels := 0
	var path []int
	for _, root := range order {
		if out[root] >= 0 {
			continue
		}
		out[root] = labels
		path = append(path[:0], root)
		for len(path) > 0 {
			at := path[len(path)-1]
			to := edges[at]
			if next[at] == len(to) {
				path = path[:len(path)-1]
				if finished != nil {
					*finished = append(*finished, at)
				}
				continue
			}
			if n := int(to[next[at]]); out[n] < 0 {
				out[n] = labels
				path = append(path, n)
			}
			next[at]++
		}
		labels++
	}
	return out
}

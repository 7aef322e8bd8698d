package zoo

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
)

// What a copier remembers is bounded, and the oldest goes first.
func TestCopierForgets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 5).Draw(t, "most")
		r := newRecent[int, int](most)
		var order []int
		for n, k := range rapid.SliceOf(rapid.IntRange(0, 9)).Draw(t, "keys") {
			known := false
			for _, o := range order {
				known = known || o == k
			}
			if r.put(k, n); !known {
				order = append(order, k)
				order = order[max(0, len(order)-most):]
			}
			if len(r.of) != len(order) {
				t.Fatalf("%d kept, want %v", len(r.of), order)
			}
			for _, o := range order {
				if _, ok := r.of[o]; !ok {
					t.Fatalf("%d is forgotten, want %v", o, order)
				}
			}
			if r.of[k] != n {
				t.Fatal("not the newest value")
			}
		}
	})
	c := NewCopier()
	id := item.Sum("subject")
	c.subjects.put(id, id)
	for i := range 10 * knownWords {
		c.count([]item.Hash{id}, fmt.Sprint("answer ", i), 1)
	}
	c.Learn(&evidence.Tasks{Program: "spam", Tasks: make([]evidence.Sealed, knownTasks+1)})
	if len(c.words) != knownWords || len(c.answers.of[asked{id}]) != knownHere || len(c.waiting.of) > 0 {
		t.Errorf("%d words, %d answers, %d rounds", len(c.words), len(c.answers.of[asked{id}]), len(c.waiting.of))
	}
}

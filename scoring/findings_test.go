package scoring_test

import "testing"

// A question that nobody answers counts in the standing of the cells that are proven
// later, also when it was the first that a key was asked: who starts with silence does
// not start afresh.
func TestUnansweredFirstQuestionIsOwed(t *testing.T) {
	w := newWorld(t, 2)
	for i, m := range w.miners {
		w.give(m, w.posts(100*i, 100*i+20, "fork", true)...)
	}
	w.play()
	w.miners[1].silent = true
	for range 3 { // it is put so often
		w.play()
	}
	w.miners[1].silent = false
	w.play()
	if s := w.state.Scores()[1]; s.Cells[0].Standing.Mean > 0.7 {
		t.Errorf("after six draws unanswered and six that pass, the cell stands at %+v, the whole at %+v", s.Cells[0].Standing, s.ValidShare)
	}
}

// What one had first and what others had are counted equally late, so that copies
// beside own items do not hide in what still waits.
func TestCopiesAreCountedAsSoonAsOwnItems(t *testing.T) {
	w := newWorld(t, 2)
	first := w.posts(0, 60, "fork", true)
	w.give(w.miners[0], first...)
	w.give(w.miners[1], w.posts(300, 340, "fork", true)...)
	w.play()
	w.give(w.miners[1], first...)
	for range 25 {
		w.play()
	}
	a, _ := w.state.Explain(w.miners[0].key.Hotkey())
	b, _ := w.state.Explain(w.miners[1].key.Hotkey())
	if a.Waiting != b.Waiting {
		t.Errorf("%d draws of the first holder wait for their credit, %d of the copier", a.Waiting, b.Waiting)
	}
}

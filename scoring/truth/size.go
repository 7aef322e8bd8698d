package truth

import (
	"fmt"
	"slices"
	"strings"
)

// maxProducts bounds what one pass of a model with confusions or precisions multiplies or
// adds: a number for each label and class. It is some seconds of work.
const maxProducts = 1 << 31

// SizeError reports that a method needs a larger table than it is given, or that each of
// its passes would take too long.
type SizeError struct {
	Method                  Method
	Table                   string // what the table holds
	Tasks, Workers, Classes int
	Cells, Limit            int64    // numbers in the table, and how many are allowed
	Instead                 []Method // methods that take these labels
}

// Error names the sizes, and the methods that work.
func (e *SizeError) Error() string {
	var names []string
	for _, m := range e.Instead {
		names = append(names, string(m))
	}
	return fmt.Sprintf("%s needs %d numbers for its %s, with %d tasks, %d workers and %d classes; at most %d are allowed: join rare classes, or use another method: %s",
		e.Method, e.Cells, e.Table, e.Tasks, e.Workers, e.Classes, e.Limit, strings.Join(names, ", "))
}

// extent is how many numbers a method needs for something, and how many are allowed.
type extent struct {
	name         string
	cells, limit int64
}

// extents lists what a method needs that grows faster than the labels: the posteriors of
// tasks, the precisions of workers in BWA, the confusions of workers, which have a row of
// classes for each class that a worker gave (at most workers × classes²), and the passes
// over these. The other methods list only the classes that a task was given. Products
// cannot overflow, as the numbers of a set of labels are bounded.
func (l *Labels) extents(m Method) []extent {
	classes := int64(l.classes)
	each := []extent{{"probabilities of tasks", int64(l.tasks) * classes, maxCells}}
	switch m {
	case BWA:
		each = append(each, extent{"precisions of workers", int64(l.workers) * classes, maxCells})
	case DawidSkene, DawidSkeneMAP, IBCC:
		each = append(each, extent{"confusions of workers", int64(len(l.cellClass)) * classes, maxCells})
	default:
		return nil
	}
	return append(each, extent{"likelihoods of labels in each pass", int64(l.Len()) * classes, maxProducts})
}

// checkTables returns a *SizeError when a table of the method is too large.
func (l *Labels) checkTables(m Method) error {
	for _, x := range l.extents(m) {
		if x.cells <= x.limit {
			continue
		}
		e := &SizeError{Method: m, Table: x.name, Tasks: l.tasks, Workers: l.workers, Classes: l.classes, Cells: x.cells, Limit: x.limit}
		for _, other := range Methods() {
			if other != Auto && l.fits(other) {
				e.Instead = append(e.Instead, other)
			}
		}
		return e
	}
	return nil
}

// fits reports whether all tables of the method are small enough.
func (l *Labels) fits(m Method) bool {
	return !slices.ContainsFunc(l.extents(m), func(x extent) bool { return x.cells > x.limit })
}

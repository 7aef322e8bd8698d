package agreement

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Bounds of what Tabulate takes.
const (
	MaxLabels = 1 << 28
	MaxUnits  = 1 << 26 // of units, and of values
)

// Table is labels gathered by pattern. It is not changed after Tabulate.
type Table struct {
	units    int // all, also those with no label or one
	values   int
	single   int // units with one label: nothing to compare it with
	empty    int // units without a label
	patterns []pattern
}

// pattern is the values that a unit got, and how many units got just these.
type pattern struct {
	cells  []cell // in the order of values
	labels int    // m, at least 2
	units  int
}

// cell is one value of a pattern and how many labels of the unit have it.
type cell struct{ value, count int32 }

// Tabulate gathers labels: label i says that unit[i], in 0..units−1, has value[i], in
// 0..values−1. Raters need no names, since a label is compared with all others of its
// unit; several labels by one rater for one unit count as labels of several raters.
// Time is O(labels + units + values) for units with few labels each, memory likewise.
func Tabulate(units, values int, unit, value []int32) (*Table, error) {
	switch {
	case len(unit) != len(value):
		return nil, fmt.Errorf("there are %d units of labels and %d values, want as many", len(unit), len(value))
	case len(unit) > MaxLabels:
		return nil, fmt.Errorf("there are %d labels, at most %d are allowed", len(unit), MaxLabels)
	case units < 0 || units > MaxUnits:
		return nil, fmt.Errorf("there are %d units, want 0 to %d", units, MaxUnits)
	case values < 0 || values > MaxUnits:
		return nil, fmt.Errorf("there are %d values, want 0 to %d", values, MaxUnits)
	}
	for i, u := range unit {
		if u < 0 || int(u) >= units {
			return nil, fmt.Errorf("label %d is of unit %d, want 0 to %d", i, u, units-1)
		}
		if v := value[i]; v < 0 || int(v) >= values {
			return nil, fmt.Errorf("label %d has value %d, want 0 to %d", i, v, values-1)
		}
	}
	t := &Table{units: units, values: values}
	t.gather(byUnit(units, unit, value))
	return t, nil
}

// byUnit sorts the values by their unit: those of unit u are sorted[start[u]:start[u+1]].
func byUnit(units int, unit, value []int32) (start, sorted []int32) {
	start = make([]int32, units+1)
	for _, u := range unit {
		start[u+1]++
	}
	for u := range units {
		start[u+1] += start[u]
	}
	if slices.IsSorted(unit) {
		return start, slices.Clone(value)
	}
	next := slices.Clone(start)
	sorted = make([]int32, len(value))
	for i, u := range unit {
		sorted[next[u]] = value[i]
		next[u]++
	}
	return start, sorted
}

// gather finds the patterns and puts them in the order of their values, so that
// every sum over them runs in one order whatever the order of the rows.
func (t *Table) gather(start, sorted []int32) {
	number := map[string]int{}
	var keys []string
	var key []byte
	for u := range t.units {
		labels := sorted[start[u]:start[u+1]]
		switch len(labels) {
		case 0:
			t.empty++
			continue
		case 1:
			t.single++
			continue
		}
		slices.Sort(labels)
		key = appendKey(key[:0], labels)
		if p, known := number[string(key)]; known {
			t.patterns[p].units++
			continue
		}
		number[string(key)] = len(t.patterns)
		keys = append(keys, string(key))
		t.patterns = append(t.patterns, pattern{labels: len(labels), units: 1})
	}
	t.cut(keys)
	slices.SortFunc(t.patterns, func(a, b pattern) int { return slices.CompareFunc(a.cells, b.cells, compareCells) })
}

// appendKey writes sorted labels as pairs of a value and its count.
func appendKey(key []byte, labels []int32) []byte {
	for i := 0; i < len(labels); {
		j := i + 1
		for j < len(labels) && labels[j] == labels[i] {
			j++
		}
		key = binary.BigEndian.AppendUint32(key, uint32(labels[i]))
		key = binary.BigEndian.AppendUint32(key, uint32(j-i))
		i = j
	}
	return key
}

// cut gives each pattern the cells that its key says, all in one piece of memory.
func (t *Table) cut(keys []string) {
	bytes := 0
	for _, k := range keys {
		bytes += len(k)
	}
	cells := make([]cell, 0, bytes/8)
	for p, k := range keys {
		from := len(cells)
		for b := []byte(k); len(b) > 0; b = b[8:] {
			cells = append(cells, cell{int32(binary.BigEndian.Uint32(b)), int32(binary.BigEndian.Uint32(b[4:]))})
		}
		t.patterns[p].cells = cells[from:len(cells):len(cells)]
	}
}

func compareCells(a, b cell) int {
	if a.value != b.value {
		return int(a.value) - int(b.value)
	}
	return int(a.count) - int(b.count)
}

package lab

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// BestFile is the parameter file of the best point of a study, in its run folder.
const BestFile = "best.yaml"

// key is a text that two points share where they are equal.
func key(p Point) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(p)) {
		b.WriteString(name + "=" + exact(p[name]) + " ")
	}
	return b.String()
}

// Rows are the trials as a table.
func (r *Result) Rows() []Trial {
	var out []Trial
	for _, t := range r.Trials {
		for _, name := range slices.Sorted(maps.Keys(t.Point)) {
			x := t.Point[name]
			out = append(out, Trial{t.Number, "parameter", name, x, x, x})
		}
		out = append(out, measured(t.Number, "measure", t.Measures)...)
		objective, violation := t.Objective, t.Violation
		if t.Invalid != "" {
			objective, violation = math.NaN(), math.NaN()
		}
		out = append(out, Trial{t.Number, "outcome", "objective", objective, objective, objective}, Trial{t.Number, "outcome", "violation", violation, violation, violation})
	}
	if r.Confirmed != nil {
		out = append(out, measured(r.Confirmed.Number, "confirmed", r.Confirmed.Measures)...)
	}
	return out
}

func measured(point int, kind string, m Measures) []Trial {
	var out []Trial
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, Trial{point, kind, name, m[name].Value, m[name].Lower, m[name].Upper})
	}
	return out
}

// BestParameters is the parameter file of the best point: the base with other numbers, its
// comments kept. It is empty where no point is feasible, or the space has no base.
func (s *Space) BestParameters(r *Result) (string, error) {
	if r.Best == nil || s.base == nil {
		return "", nil
	}
	return s.base.With(r.Best.Point)
}

// write writes what a study found.
func (s *Study) write(f *Folder, r *Result) error {
	text, err := s.Space.BestParameters(r)
	if err != nil {
		return err
	}
	if text != "" {
		if err := WriteText(f, BestFile, text); err != nil {
			return err
		}
	}
	return Write(f, TableTrials, r.Rows())
}

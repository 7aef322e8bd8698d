package lab

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/assaynet/assay/yamlfile"
)

// Bounds of a space.
const (
	MaxSpaceBytes = 64 << 10
	MaxPoints     = 1 << 16 // of a sweep or a search
	MaxRuns       = 1 << 12 // that a point is measured with
	maxSteps      = 1000
	defaultSteps  = 5
)

// Scales of a parameter.
const (
	Linear  = "linear"
	Log     = "log"
	Integer = "integer"
)

// Space is what is varied and what is wanted of it.
type Space struct {
	Parameters  []Parameter // in the order of their names
	Minimise    []Term      // likewise; their sum is the objective
	Constraints []Constraint

	base *Base
}

// Parameter is a parameter that is varied.
type Parameter struct {
	Name     string
	From, To float64
	Scale    string
	Steps    int // of a grid
}

// Term is a measure with its weight in the objective.
type Term struct {
	Of     Reference
	Weight float64
}

// Reference names a measure, as NAME, or an end of its interval, as NAME.lower or
// NAME.upper.
type Reference struct{ Measure, End string }

// String is the reference as the file has it.
func (r Reference) String() string {
	if r.End == "" {
		return r.Measure
	}
	return r.Measure + "." + r.End
}

// of is what a reference means among measures.
func (r Reference) of(m Measures) float64 {
	i, ok := m[r.Measure]
	switch {
	case !ok:
		return math.NaN()
	case r.End == "lower":
		return i.Lower
	case r.End == "upper":
		return i.Upper
	}
	return i.Value
}

// Constraint bounds a measure.
type Constraint struct {
	Of    Reference
	Most  bool // it may be at most Limit, else at least
	Limit float64
}

// Point is a value for each parameter of a space.
type Point map[string]float64

// spaceFile is the file of a space.
type spaceFile struct {
	Parameters  map[string]rangeFile `yaml:"parameters"`
	Minimise    map[string]float64   `yaml:"minimise"`
	Constraints []string             `yaml:"constraints"`
}

type rangeFile struct {
	Range []float64 `yaml:"range"` // from, to
	Scale string    `yaml:"scale"`
	Steps int       `yaml:"steps"`
}

// ReadSpace reads the file of a space strictly. Its parameters are those of base, and its
// measures those that are named. All mistakes are reported together, with their places.
func ReadSpace(source []byte, base *Base, measures []string) (*Space, error) {
	var raw spaceFile
	f := yamlfile.Read("space file", source, MaxSpaceBytes, &raw)
	s := &Space{base: base}
	if len(f.Mistakes) == 0 {
		s.readParameters(f, raw.Parameters)
		s.readMinimise(f, raw.Minimise, measures)
		s.readConstraints(f, raw.Constraints, measures)
	}
	if len(f.Mistakes) == 0 {
		s.checkEnds(f)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Space) readParameters(f *yamlfile.File, raw map[string]rangeFile) {
	if len(raw) == 0 || len(raw) > sobolDimensions {
		f.Bad("parameters: %d of them, want 1 to %d", len(raw), sobolDimensions)
	}
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		r, key := raw[name], "parameters."+name
		if s.base != nil && !slices.Contains(s.base.Names(), name) {
			f.Bad("%s: no such parameter, want one of %s", key, strings.Join(s.base.Names(), ", "))
			continue
		}
		if len(r.Range) != 2 {
			f.Bad("%s.range: %d numbers, want two, [from, to]", key, len(r.Range))
			continue
		}
		p := Parameter{name, r.Range[0], r.Range[1], r.Scale, r.Steps}
		if p.Scale == "" {
			p.Scale = Linear
		}
		if p.Steps == 0 {
			p.Steps = defaultSteps
		}
		p.check(func(of, format string, args ...any) { f.Bad("%s.%s: %s", key, of, fmt.Sprintf(format, args...)) })
		if s.base != nil && s.base.whole[name] && p.Scale != Integer {
			f.Bad("%s: it is a whole number, want scale: %s", key, Integer)
		}
		s.Parameters = append(s.Parameters, p)
	}
}

func (p Parameter) check(bad func(of, format string, args ...any)) {
	const most = 1 << 53
	for i, x := range []float64{p.From, p.To} {
		if !(math.Abs(x) <= most) {
			bad(fmt.Sprintf("range[%d]", i), "%v, want a number between -2^53 and 2^53", x)
			return
		}
	}
	if !(p.From < p.To) {
		bad("range[1]", "%v, want more than the beginning of the range, which is %v", p.To, p.From)
	}
	if p.Steps < 2 || p.Steps > maxSteps {
		bad("steps", "%d, want 2 to %d", p.Steps, maxSteps)
	}
	switch p.Scale {
	case Linear:
	case Log:
		if p.From <= 0 {
			bad("range[0]", "%v, want a number above 0 on the scale %s", p.From, Log)
		}
	case Integer:
		if p.From != math.Trunc(p.From) || p.To != math.Trunc(p.To) {
			bad("range", "%v to %v, want whole numbers on the scale %s", p.From, p.To, Integer)
		}
	default:
		bad("scale", "%.40q, want %s, %s or %s", p.Scale, Linear, Log, Integer)
	}
}

func (s *Space) readMinimise(f *yamlfile.File, raw map[string]float64, measures []string) {
	if len(raw) == 0 {
		f.Bad("minimise: nothing is there; name at least one measure and its weight, of %s", strings.Join(measures, ", "))
	}
	for _, text := range slices.Sorted(maps.Keys(raw)) {
		of, err := readReference(text, measures)
		if err != nil {
			f.Bad("minimise.%s: %s", text, err)
		}
		if w := raw[text]; w == 0 || math.IsNaN(w) || math.IsInf(w, 0) {
			f.Bad("minimise.%s: %v, want a weight other than 0; one below 0 maximises", text, w)
		}
		s.Minimise = append(s.Minimise, Term{of, raw[text]})
	}
}

func (s *Space) readConstraints(f *yamlfile.File, raw []string, measures []string) {
	if len(raw) > 100 {
		f.Bad("constraints: %d of them, at most 100 are allowed", len(raw))
		return
	}
	for i, text := range raw {
		c, err := readConstraint(text, measures)
		if err != nil {
			f.Bad("constraints[%d]: %.80q: %s", i, text, err)
		}
		s.Constraints = append(s.Constraints, c)
	}
}

func readConstraint(text string, measures []string) (Constraint, error) {
	left, right, most := strings.Cut(text, "<=")
	if !most {
		var ok bool
		if left, right, ok = strings.Cut(text, ">="); !ok {
			return Constraint{}, fmt.Errorf("want MEASURE <= NUMBER or MEASURE >= NUMBER")
		}
	}
	of, err := readReference(strings.TrimSpace(left), measures)
	if err != nil {
		return Constraint{}, err
	}
	limit, err := strconv.ParseFloat(strings.TrimSpace(right), 64)
	if err != nil || math.IsNaN(limit) || math.IsInf(limit, 0) {
		return Constraint{}, fmt.Errorf("%.40q, want a number", strings.TrimSpace(right))
	}
	return Constraint{of, most, limit}, nil
}

func readReference(text string, measures []string) (Reference, error) {
	name, end, dotted := strings.Cut(text, ".")
	if !slices.Contains(measures, name) {
		return Reference{}, fmt.Errorf("no such measure, want one of %s", strings.Join(measures, ", "))
	}
	if dotted && end != "lower" && end != "upper" {
		return Reference{}, fmt.Errorf("want %s, %s.lower or %s.upper", name, name, name)
	}
	return Reference{name, end}, nil
}

// checkEnds refuses an end of a range that no values of the others make a parameter file
// of: it is tried with the others as they are in the base, and at both their ends.
func (s *Space) checkEnds(f *yamlfile.File) {
	if s.base == nil {
		return
	}
	low, high := Point{}, Point{}
	for _, p := range s.Parameters {
		low[p.Name], high[p.Name] = p.From, p.To
	}
	for _, p := range s.Parameters {
		for i, end := range []float64{p.From, p.To} {
			var last error
			possible := slices.ContainsFunc([]Point{low, high, {}}, func(others Point) bool {
				with := maps.Clone(others)
				with[p.Name] = end
				_, err := s.base.With(with)
				if err == nil {
					return true
				}
				if what := complaint(err, p.Name); what != nil {
					last = what
				} else {
					return true // it is another one's fault
				}
				return false
			})
			if !possible {
				f.Bad("parameters.%s.range[%d]: %s", p.Name, i, last)
			}
		}
	}
}

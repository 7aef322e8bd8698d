package counterfactual

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/scoring"
)

// ErrRules is the error of rules by which a record cannot be folded; errors.Is finds it.
var ErrRules = errors.New("the rules do not fit the record")

// Rules are what a record is folded by in place of what it holds.
type Rules struct {
	// Parameters is the text of a parameter file. It stands in place of every parameter
	// entry of the record; nil leaves these as they are.
	Parameters []byte
	// Fold is a fold version. Runs that were made by an earlier one are folded by this
	// one; 0 leaves each run its own.
	Fold uint16
}

// Check reports whether the rules can be read at all.
func (r Rules) Check() error {
	if r.Fold > scoring.FoldVersion {
		return fmt.Errorf("fold version %d: this release has those up to %d", r.Fold, scoring.FoldVersion)
	}
	if r.Parameters == nil {
		return nil
	}
	_, err := scoring.DecodeParameters(r.Parameters)
	return err
}

// Parameter is one of the parameters, by its name in the file, with the value that was
// recorded last and the other one: numbers, truth values or lists.
type Parameter struct {
	Name     string `json:"name"`
	Recorded any    `json:"recorded"`
	Other    any    `json:"other"`
}

// asking are the parameters that decided what was asked, and how often. Whatever other
// rules say, nothing else was asked than the record holds.
func asking(p *scoring.Parameters) []*scalar {
	return []*scalar{
		{"max_tries", reflect.ValueOf(&p.MaxTries).Elem()},
		{"claims_per_round", reflect.ValueOf(&p.ClaimsPerRound).Elem()},
		{"claim_memory", reflect.ValueOf(&p.ClaimMemory).Elem()},
	}
}

// scalar is a field of the parameters with its name in the file.
type scalar struct {
	name  string
	value reflect.Value
}

// text is the value as YAML, of a number every digit.
func (s *scalar) text() string {
	switch {
	case s.value.CanFloat():
		return strconv.FormatFloat(s.value.Float(), 'f', -1, 64)
	case s.value.Kind() == reflect.Slice:
		var items []string
		for i := range s.value.Len() {
			items = append(items, fmt.Sprintf("%q", s.value.Index(i).Interface()))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return fmt.Sprint(s.value.Interface())
}

// scalars are all fields of the parameters, in the order of the struct.
func scalars(p *scoring.Parameters) []*scalar {
	v := reflect.ValueOf(p).Elem()
	out := make([]*scalar, v.NumField())
	for i := range out {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		out[i] = &scalar{name, v.Field(i)}
	}
	return out
}

// equal reports whether two values of a parameter are the same; no list is an empty one.
func equal(x, y any) bool {
	a, b := reflect.ValueOf(x), reflect.ValueOf(y)
	return reflect.DeepEqual(x, y) || a.Kind() == reflect.Slice && a.Len() == 0 && b.Len() == 0
}

// changed lists the parameters in which two sets differ.
func changed(recorded, other *scoring.Parameters) []Parameter {
	var out []Parameter
	with := scalars(other)
	for i, s := range scalars(recorded) {
		if x, y := s.value.Interface(), with[i].value.Interface(); !equal(x, y) {
			out = append(out, Parameter{s.name, x, y})
		}
	}
	return out
}

// replace gives the parameter entry that stands in place of a recorded one, and the
// parameters that it keeps as they were recorded, with what the file wanted.
func (r Rules) replace(b *evidence.Parameters) (*evidence.Parameters, []Parameter, error) {
	if r.Parameters == nil {
		return b, nil, nil
	}
	recorded, err := scoring.DecodeParameters(b.Source)
	if err != nil {
		return nil, nil, err
	}
	other, err := scoring.DecodeParameters(r.Parameters)
	if err != nil {
		return nil, nil, err
	}
	var kept []Parameter
	was := asking(recorded)
	for i, s := range asking(other) {
		if x, y := was[i].value.Interface(), s.value.Interface(); !equal(x, y) {
			kept = append(kept, Parameter{s.name, x, y})
			s.value.Set(was[i].value)
		}
	}
	if len(kept) == 0 {
		return &evidence.Parameters{Source: r.Parameters}, nil, nil
	}
	source, err := write(other)
	return &evidence.Parameters{Source: source}, kept, err
}

// write is a parameter file that reads back as the same numbers to the bit.
func write(p *scoring.Parameters) ([]byte, error) {
	var b strings.Builder
	for _, s := range scalars(p) {
		fmt.Fprintf(&b, "%s: %s\n", s.name, s.text())
	}
	again, err := scoring.DecodeParameters([]byte(b.String()))
	if err != nil {
		return nil, fmt.Errorf("write parameters: %w", err)
	}
	if c := changed(p, again); len(c) > 0 {
		return nil, fmt.Errorf("write parameters: %s is read back as %v, not %v", c[0].Name, c[0].Other, c[0].Recorded)
	}
	return []byte(b.String()), nil
}

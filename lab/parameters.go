package lab

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/assaynet/assay/scoring"
)

// Base is a parameter file of the scoring, some of whose numbers are varied.
type Base struct {
	text   string
	values map[string]float64
	whole  map[string]bool // whose numbers are whole
}

// NewBase reads a parameter file.
func NewBase(text []byte) (*Base, error) {
	p, err := scoring.DecodeParameters(text)
	if err != nil {
		return nil, err
	}
	b := &Base{text: string(text), values: map[string]float64{}, whole: map[string]bool{}}
	v := reflect.ValueOf(*p)
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("yaml")
		switch f := v.Field(i); f.Kind() {
		case reflect.Float64:
			b.values[name] = f.Float()
		case reflect.Int:
			b.values[name], b.whole[name] = float64(f.Int()), true
		case reflect.Uint64:
			b.values[name], b.whole[name] = float64(f.Uint()), true
		}
	}
	return b, nil
}

// Names are the parameters, sorted.
func (b *Base) Names() []string { return slices.Sorted(maps.Keys(b.values)) }

// Value is what the file says of a parameter; 0 where it does not name it.
func (b *Base) Value(name string) float64 { return b.values[name] }

// With is the file with other numbers: their values are changed where they stand, and all
// else, comments too, stays as it is. A parameter that the file leaves out is added at the
// end. The error is that of the parameters' own check.
func (b *Base) With(values map[string]float64) (string, error) {
	text := b.text
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if _, ok := b.values[name]; !ok {
			return "", fmt.Errorf("%s is no parameter, want one of %s", name, strings.Join(b.Names(), ", "))
		}
		text = replace(text, name, number(values[name]))
	}
	return text, b.verify(text, values)
}

// replace writes a number into the line of its key.
func replace(text, name, value string) string {
	line := regexp.MustCompile(`(?m)^(["']?` + regexp.QuoteMeta(name) + `["']?[ \t]*:[ \t]*)([^\s#]+)`)
	if at := line.FindStringSubmatchIndex(text); at != nil {
		return text[:at[4]] + value + text[at[5]:]
	}
	return strings.TrimRight(text, "\n") + "\n" + name + ": " + value + "\n"
}

// number is a number as people write it in a parameter file, read back as the same.
func number(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	s := strconv.FormatFloat(x, 'g', -1, 64)
	if mantissa, exponent, ok := strings.Cut(s, "e"); ok && !strings.Contains(mantissa, ".") {
		return mantissa + ".0e" + exponent // YAML 1.1 takes 1e-05 for a text
	}
	return s
}

// verify checks that a text has the values that are wanted, and the others of the base.
func (b *Base) verify(text string, values map[string]float64) error {
	got, err := NewBase([]byte(text))
	if err != nil {
		return err
	}
	for name, was := range b.values {
		want, ok := values[name]
		if !ok {
			want = was
		}
		if got.values[name] != want {
			return fmt.Errorf("parameter file: %s cannot be changed where it stands; write it as one line, %s: %s", name, name, number(want))
		}
	}
	return nil
}

// complaint is what an error of the parameters' check says of one of them; nil where it
// says nothing.
func complaint(err error, name string) error {
	for line := range strings.Lines(err.Error()) {
		if _, what, ok := strings.Cut(" "+strings.TrimSpace(line), " "+name+": "); ok {
			return errors.New(what)
		}
	}
	return nil
}

package yuma_test

import (
	"encoding/json"
	"math"

	"github.com/assaynet/assay/yuma"
)

// assertion is what a test of the runtime says about one value of a result.
type assertion struct {
	Field string
	I, J  int
	Op    string
	Value number
	Eps   float64
	Other int
}

// number is a number or a bool, true being 1.
type number float64

func (n *number) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "true":
		*n = 1
	case "false":
		*n = 0
	default:
		return json.Unmarshal(data, (*float64)(n))
	}
	return nil
}

// holds evaluates the assertion and returns the value it is about. All values
// asserted are far below 2^53, where float64 is exact.
func (a assertion) holds(out *yuma.Output) (float64, bool) {
	got, want := a.of(out, a.I), float64(a.Value)
	switch a.Op {
	case "eq":
		return got, got == want
	case "gt":
		return got, got > want
	case "ge":
		return got, got >= want
	case "le":
		return got, got <= want
	case "eq_other":
		return got, got == a.of(out, a.Other)
	case "near":
		eps := a.Eps
		if a.Field != "sum_emission" { // single-precision literals, as fixed point
			want, eps = nearest(want), nearest(eps)
		}
		return got, math.Abs(got-want) <= eps
	}
	return got, false
}

// of returns the field's value at uid i.
func (a assertion) of(out *yuma.Output, i int) float64 {
	switch a.Field {
	case "consensus":
		return float64(out.Consensus[i])
	case "incentive":
		return float64(out.Incentive[i])
	case "dividends":
		return float64(out.Dividends[i])
	case "dividends_fraction":
		return fraction(out.Dividends[i])
	case "emission":
		return float64(out.Emission[i])
	case "server_emission":
		return float64(out.ServerEmission[i])
	case "permit":
		if out.NewValidatorPermits[i] {
			return 1
		}
		return 0
	case "bond":
		return float64(bondOf(out, i, a.J))
	case "bond_fraction":
		return fraction(bondOf(out, i, a.J))
	case "sum_emission":
		var sum uint64
		for _, e := range out.Emission {
			sum += e
		}
		return float64(sum)
	}
	return math.NaN()
}

func bondOf(out *yuma.Output, i, j int) uint16 {
	for _, c := range out.Bonds[i] {
		if int(c.Column) == j {
			return c.Value
		}
	}
	return 0
}

// nearest converts a single-precision literal to the nearest fixed-point number.
func nearest(x float64) float64 { return math.RoundToEven(float64(float32(x)) * (1 << 32)) }

// fraction reads a stored value as fixed point, truncated.
func fraction(u uint16) float64 { return float64(uint64(u) << 32 / math.MaxUint16) }

package agreement

import (
	"fmt"
	"math"
)

// Intraclass has the intraclass correlations of single ratings (Shrout and Fleiss
// 1979).
type Intraclass struct {
	One   float64 // ICC(1): each unit has raters of its own, drawn at random
	Two   float64 // ICC(2): the same raters, drawn at random, rate all units; absolute agreement
	Three float64 // ICC(3): the same raters, and no others are meant; consistency
}

// IntraclassCorrelations takes the ratings of n units, rows, by k raters, columns,
// none missing. With BMS, JMS, EMS and WMS the mean squares between units, between
// raters, of the rest, and within units,
//
//	ICC(1) = (BMS − WMS)/(BMS + (k−1)·WMS)
//	ICC(2) = (BMS − EMS)/(BMS + (k−1)·EMS + k·(JMS − EMS)/n)
//	ICC(3) = (BMS − EMS)/(BMS + (k−1)·EMS).
//
// One that divides zero by zero is NaN; sums of squares that are rounding alone, at most
// 1e-24 of their total, count as zero. The error says which rating is not a finite
// number, or that there are fewer than two units or raters; when all ratings are
// alike it is an *UndefinedError.
func IntraclassCorrelations(ratings [][]float64) (Intraclass, error) {
	x, k, err := flatten(ratings)
	if err != nil {
		return Intraclass{}, err
	}
	n := len(ratings)
	units, raters, grand := make([]float64, n), make([]float64, k), 0.0 // means
	for i, v := range x {
		units[i/k] += v / float64(k)
		raters[i%k] += v / float64(n)
		grand += v / float64(len(x))
	}
	between, judges, rest, within, total := 0.0, 0.0, 0.0, 0.0, 0.0 // sums of squares
	for i, v := range x {
		u, r := units[i/k], raters[i%k]
		between += square(u - grand)
		judges += square(r - grand)
		rest += square(v - u - r + grand)
		within += square(v - u)
		total += square(v - grand)
	}
	for _, sum := range [...]*float64{&between, &judges, &rest, &within} {
		if *sum <= float64(1e-24*total) {
			*sum = 0
		}
	}
	if total == 0 {
		return Intraclass{}, &UndefinedError{"the intraclass correlation", "all ratings are alike"}
	}
	fn, fk := float64(n), float64(k)
	bms, jms, ems, wms := between/(fn-1), judges/(fk-1), rest/float64((fn-1)*(fk-1)), within/float64(fn*(fk-1))
	return Intraclass{
		One:   (bms - wms) / (bms + float64((fk-1)*wms)),
		Two:   (bms - ems) / (bms + float64((fk-1)*ems) + float64(fk*(jms-ems))/fn),
		Three: (bms - ems) / (bms + float64((fk-1)*ems)),
	}, nil
}

func square(d float64) float64 { return float64(d * d) }

// flatten puts the rows one after another, mapped to −1..1 so that no square can
// overflow; the correlations do not depend on the unit of measurement.
func flatten(ratings [][]float64) (x []float64, raters int, err error) {
	if len(ratings) < 2 || len(ratings[0]) < 2 {
		return nil, 0, fmt.Errorf("the intraclass correlation needs at least two units and two raters")
	}
	raters = len(ratings[0])
	for u, row := range ratings {
		if len(row) != raters {
			return nil, 0, fmt.Errorf("unit %d has %d ratings and unit 0 has %d, want as many for each", u, len(row), raters)
		}
		for r, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, 0, fmt.Errorf("the rating of unit %d by rater %d is %v, want a finite number", u, r, v)
			}
		}
		x = append(x, row...)
	}
	return unitRange(x), raters, nil
}

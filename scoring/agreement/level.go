package agreement

import (
	"fmt"
	"math"
)

// Level is the level of measurement of labels (Stevens 1946): what may be said of two
// of them.
type Level uint8

// The levels, and the squared difference δ² of two values c and k at each.
const (
	Nominal  Level = iota // equal or not: δ² = 1 when they differ
	Ordinal               // also which is higher: δ is the difference of their mid-ranks among all labels
	Interval              // also how far apart: δ = c − k
	Ratio                 // also by what factor: δ = (c − k)/(c + k), for values ≥ 0
)

var levelNames = [...]string{"nominal", "ordinal", "interval", "ratio"}

// String is the level's name in lower case.
func (l Level) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return fmt.Sprintf("level %d", uint8(l))
}

// ParseLevel is the level with a name.
func ParseLevel(name string) (Level, error) {
	for l, n := range levelNames {
		if n == name {
			return Level(l), nil
		}
	}
	return 0, fmt.Errorf("there is no level %q, want nominal, ordinal, interval or ratio", name)
}

// checkScale says what is wrong with the numbers that values stand for.
func checkScale(level Level, scale []float64, values int) error {
	if int(level) >= len(levelNames) {
		return fmt.Errorf("there is no %v, want nominal, ordinal, interval or ratio", level)
	}
	if level == Nominal || level == Ordinal {
		return nil
	}
	if len(scale) != values {
		return fmt.Errorf("at the %v level each of the %d values must stand for a number, there are %d numbers", level, values, len(scale))
	}
	for v, x := range scale {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("value %d stands for %v, want a finite number", v, x)
		}
		if level == Ratio && x < 0 {
			return fmt.Errorf("value %d stands for %v, at the ratio level none may be negative", v, x)
		}
	}
	return nil
}

// unitRange maps the numbers to −1..1. Differences keep their proportions, and no
// square of one can overflow.
func unitRange(scale []float64) []float64 {
	if len(scale) == 0 {
		return nil
	}
	lo, hi, shrink := scale[0], scale[0], 1.0
	for _, x := range scale {
		lo, hi = min(lo, x), max(hi, x)
	}
	if math.IsInf(hi-lo, 0) {
		shrink = 0.25
	}
	width := float64(hi*shrink) - float64(lo*shrink)
	out := make([]float64, len(scale))
	if width == 0 {
		return out
	}
	for i, x := range scale {
		out[i] = float64(2*((float64(x*shrink)-float64(lo*shrink))/width)) - 1
	}
	return out
}

// ratioSquared is ((a−b)/(a+b))² for a, b ≥ 0, and 0 for 0 and 0.
func ratioSquared(a, b float64) float64 {
	if a == b {
		return 0
	}
	if math.IsInf(a+b, 0) {
		a, b = a/4, b/4
	}
	d := (a - b) / (a + b)
	return float64(d * d)
}

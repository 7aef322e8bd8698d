package report

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Longest names, in characters: in a table, and in a drawing or a sentence.
const (
	longName  = 120
	shortName = 26
)

// clean makes a name of a file fit to be shown: what is not printed, and what turns the
// direction of writing, is replaced, and what is too long is cut.
func clean(name string, longest int) string {
	var b strings.Builder
	n := 0
	for _, r := range name {
		if n == longest-1 && utf8.RuneCountInString(name) > longest {
			b.WriteRune('…')
			break
		}
		if !unicode.IsPrint(r) {
			r = utf8.RuneError
		}
		b.WriteRune(r)
		n++
	}
	if n == 0 {
		return "(no name)"
	}
	return b.String()
}

// short is a name for a drawing or a sentence.
func short(name string) string { return clean(name, shortName) }

// full is a name for a table.
func full(name string) string { return clean(name, longName) }

// number is x with three digits that count; digits of a whole part are all kept.
func number(x float64) string {
	switch {
	case math.IsNaN(x):
		return "unknown"
	case math.IsInf(x, 1):
		return "unbounded"
	case math.IsInf(x, -1):
		return "unbounded below"
	}
	size := math.Abs(x)
	if x == math.Trunc(x) && size < 1e15 {
		return count(int64(x))
	}
	switch {
	case size >= 1e15 || size < 1e-4:
		return minus(strconv.FormatFloat(x, 'e', 2, 64))
	case size >= 99.5:
		return minus(thousands(strconv.FormatFloat(x, 'f', 0, 64)))
	case size >= 9.995:
		return minus(strconv.FormatFloat(x, 'f', 1, 64))
	case size >= 0.0995:
		return minus(strconv.FormatFloat(x, 'f', 2, 64))
	}
	return minus(strconv.FormatFloat(x, 'g', 2, 64))
}

// minus writes the sign as a minus and not as a hyphen.
func minus(s string) string {
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		return "−" + rest
	}
	return s
}

// thousands puts commas into a whole number.
func thousands(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// count is a whole number.
func count[N int | int64 | uint64](n N) string {
	if n < 0 {
		return minus(thousands(strconv.FormatInt(int64(n), 10)))
	}
	return thousands(strconv.FormatUint(uint64(n), 10))
}

// percent is a share in percent, with a digit more where it is near 0 or 1.
func percent(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return number(x)
	}
	p := 100 * x
	switch edge := min(math.Abs(p), math.Abs(100-p)); {
	case math.Abs(p-math.Round(p)) < 1e-9 && (math.Abs(p) > 0.5 || p == 0) && math.Abs(p) < 1e6:
		return minus(strconv.FormatFloat(p, 'f', 0, 64)) + " %"
	case math.Abs(p) < 0.01 || math.Abs(p) >= 1e6:
		return minus(strconv.FormatFloat(p, 'g', 2, 64)) + " %"
	case edge < 1:
		return minus(strconv.FormatFloat(p, 'f', 2, 64)) + " %"
	}
	return minus(strconv.FormatFloat(p, 'f', 1, 64)) + " %"
}

// interval is two bounds in brackets, as show writes them; empty where neither is known.
func interval(lower, upper float64, show func(float64) string) string {
	if math.IsNaN(lower) && math.IsNaN(upper) {
		return ""
	}
	return " (" + between(lower, upper, show) + ")"
}

// between is two bounds. Where one is negative a dash could be taken for its sign.
func between(lower, upper float64, show func(float64) string) string {
	switch {
	case math.IsNaN(lower) && math.IsNaN(upper):
		return "unknown"
	case lower < 0 || upper < 0 || math.IsNaN(lower) || math.IsNaN(upper) || math.IsInf(lower, 0) || math.IsInf(upper, 0):
		return show(lower) + " to " + show(upper)
	}
	from, to := show(lower), show(upper)
	if head, ok := strings.CutSuffix(from, " %"); ok && strings.HasSuffix(to, " %") {
		from = head
	}
	return from + "–" + to
}

// ratio is a ratio of pay, to two digits.
func ratio(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) || math.Abs(x) >= 1e6 {
		return number(x)
	}
	return minus(strconv.FormatFloat(x, 'f', 2, 64))
}

// plural is a count of things.
func plural[N int | int64 | uint64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

// listed is names with commas and a last "and".
func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// capital makes the first letter of a sentence a large one.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

package kernel

import "math"

// exp2Table has 2^(j/32), each rounded once.
var exp2Table = [32]float64{
	1.0, 1.0218971486541166, 1.0442737824274138, 1.0671404006768237,
	1.0905077326652577, 1.1143867425958924, 1.1387886347566916, 1.1637248587775775,
	1.189207115002721, 1.215247359980469, 1.241857812073484, 1.2690509571917332,
	1.2968395546510096, 1.3252366431597413, 1.3542555469368927, 1.383909881963832,
	1.4142135623730951, 1.4451808069770467, 1.4768261459394993, 1.5091644275934228,
	1.5422108254079407, 1.5759808451078865, 1.6104903319492543, 1.645755478153965,
	1.681792830507429, 1.718619298122478, 1.7562521603732995, 1.7947090750031072,
	1.8340080864093424, 1.8741676341103, 1.9152065613971474, 1.9571441241754002,
}

const (
	expLargest  = 709.782712893384  // above, e^x is more than any float64
	expSmallest = -745.133219101942 // below, e^x rounds to 0
)

// Exp is e^x, to about 3e-16 relative. It writes x = k·ln2/32 + r with
// |r| ≤ ln2/64 and sums the series of e^r. Exp is 0 below −745.13 and +Inf above
// 709.78.
func Exp(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return x
	case x > expLargest:
		return math.Inf(1)
	case x < expSmallest:
		return 0
	}
	const shift = 1 << 15 // x·32/ln2 stays above −34500, so that the conversion rounds half up
	k := int(float64(x*(32/math.Ln2))+(2*shift+0.5)) - 2*shift
	r := x - float64(float64(k)*(ln2Hi/32)) - float64(float64(k)*(ln2Lo/32))
	sum := 1.0 / 720
	sum = float64(sum*r) + 1.0/120
	sum = float64(sum*r) + 1.0/24
	sum = float64(sum*r) + 1.0/6
	sum = float64(sum*r) + 1.0/2
	sum = float64(float64(sum*r)*r) + r
	t := exp2Table[k&31]
	y := t + float64(t*sum)
	e := k >> 5
	switch {
	case e > 1023:
		return float64(y*2) * 0x1p1023
	case e < -1022:
		return float64(y*math.Float64frombits(uint64(1023+e+64)<<52)) * 0x1p-64
	}
	return float64(y * math.Float64frombits(uint64(1023+e)<<52))
}

// Expm1 is e^x − 1, accurate for small x too.
func Expm1(x float64) float64 {
	if !(x > -0.3 && x < 0.3) {
		return Exp(x) - 1
	}
	sum := 1.0
	for i := 14; i >= 2; i-- {
		sum = 1 + float64(x*sum)/float64(i)
	}
	return float64(x * sum)
}

// ExpFold1 is e^x, to about 2e-16 relative, for −700 ≤ x ≤ 700; it is 0 below and
// saturates above. Exp is faster and differs in the last bit here and there; the fold
// keeps this one, since records have been made with its bits.
func ExpFold1(x float64) float64 {
	switch {
	case x < -700:
		return 0
	case x > 700:
		x = 700
	}
	k := int(float64(x/math.Ln2) + 1000.5) // round half up; x ≥ −700 keeps it positive
	k -= 1000
	r := x - float64(float64(k)*ln2Hi) - float64(float64(k)*ln2Lo)
	sum := 1.0
	for i := 16; i >= 1; i-- {
		sum = 1 + float64(r*sum)/float64(i)
	}
	return float64(sum * math.Float64frombits(uint64(1023+k)<<52))
}

// Pow is x^y for x ≥ 0, as Exp(y·Log(x)); its relative error grows with |y·ln x|.
// Power is exact to the last bits for whole exponents.
func Pow(x, y float64) float64 {
	switch {
	case y == 0 || x == 1:
		return 1
	case x == 0 && y > 0:
		return 0
	case x == 0 && y < 0:
		return math.Inf(1)
	}
	return Exp(float64(y * Log(x)))
}

// Power is x^n for a small whole n ≥ 0, by repeated multiplication.
func Power(x float64, n int) float64 {
	out := 1.0
	for range n {
		out = float64(out * x)
	}
	return out
}

// Logistic is σ(x) = 1/(1 + e^−x), the inverse of Logit. Neither tail overflows.
func Logistic(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + Exp(-x))
	}
	e := Exp(x)
	return e / (1 + e)
}

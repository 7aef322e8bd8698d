package simulate

import (
	"math"
	"strconv"
)

// words are what pages are made of.
var words = func() []string {
	const first, last = "b c d f g h k l m n p r s t v w", "a e i o u"
	var out []string
	for i := 0; i < len(first); i += 2 {
		for j := 0; j < len(last); j += 2 {
			for k := 0; k < len(first); k += 2 {
				out = append(out, string([]byte{first[i], last[j], first[k], last[(i+k)/2%5*2]}))
			}
		}
	}
	return out
}()

func pow(x, y float64) float64 { return math.Pow(x, y) }

func itoa(i int) string { return strconv.Itoa(i) }

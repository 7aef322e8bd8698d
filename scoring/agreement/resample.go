package agreement

import "github.com/assaynet/assay/scoring/kernel"

// resampler draws how many units of each pattern a resample has: a multinomial
// variable.
type resampler struct {
	random   *kernel.Random
	units    int
	patterns []pattern
	owner    []int32 // by unit its pattern, when units are drawn one by one
}

// unitsPerBinomial is how many units can be drawn one by one in about the time that
// one binomial variable takes.
const unitsPerBinomial = 256

func (t *Table) resampler(random *kernel.Random) *resampler {
	r := &resampler{random: random, units: t.units - t.single - t.empty, patterns: t.patterns}
	if len(t.patterns)*unitsPerBinomial < r.units {
		return r
	}
	r.owner = make([]int32, 0, r.units)
	for p := range t.patterns {
		for range t.patterns[p].units {
			r.owner = append(r.owner, int32(p))
		}
	}
	return r
}

// draws is about how many draws of a unit, or work worth as much, a resample takes.
func (r *resampler) draws() int {
	if r.owner != nil {
		return r.units
	}
	return len(r.patterns) * unitsPerBinomial
}

// into draws as many units as there are, with replacement.
func (r *resampler) into(times []int32) {
	if r.owner != nil {
		clear(times)
		for range r.units {
			times[r.owner[r.random.Intn(r.units)]]++
		}
		return
	}
	left, of := r.units, r.units // units still to draw, and from how many
	for p := range r.patterns {
		n := r.patterns[p].units
		k := left
		if n < of {
			k = binomial(r.random, left, float64(n)/float64(of))
		}
		times[p] = int32(k)
		left -= k
		of -= n
	}
}

// binomial draws the number of successes among n trials of probability p, in (0, 1),
// by inversion: it adds up the probabilities from the mode outwards, which takes
// about as many steps as the standard deviation.
func binomial(random *kernel.Random, n int, p float64) int {
	mode := min(int(float64(float64(n+1)*p)), n)
	log := kernel.LogChoose(float64(n), float64(mode)) + float64(float64(mode)*kernel.Log(p)) + float64(float64(n-mode)*kernel.Log1p(-p))
	odds := p / (1 - p)
	up, down := kernel.Exp(log), kernel.Exp(log)
	u := float64(random.Float64()) - up
	if u < 0 {
		return mode
	}
	for hi, lo := mode, mode; ; {
		if lo > 0 {
			down = float64(down*float64(lo)) / float64(odds*float64(n-lo+1))
			lo--
			if u -= down; u < 0 {
				return lo
			}
		}
		if hi < n {
			up = float64(up*odds*float64(n-hi)) / float64(hi+1)
			hi++
			if u -= up; u < 0 {
				return hi
			}
		}
		if down+up < 1e-300 || lo == 0 && hi == n {
			return mode // the probabilities add up to 1 less a rounding error
		}
	}
}

package extrinsic

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/assaynet/assay/chain/scale"
)

// Bounds of a mortal era's period, in blocks.
const (
	minPeriod = 4
	maxPeriod = 1 << 16
)

// Era is how long an extrinsic may be included. The zero value is immortal. A
// mortal one lives for Period blocks, a power of two, from the last block whose
// number is Phase modulo Period.
type Era struct {
	Period uint64
	Phase  uint64
}

// MortalEra is the era born in block or, with a period above 4096, up to
// period/4096-1 blocks before. The period is raised to a power of two in
// [4, 65536].
func MortalEra(period, block uint64) Era {
	period = min(max(period, minPeriod), maxPeriod)
	period = 1 << bits.Len64(period-1)
	phase := block % period
	return Era{Period: period, Phase: phase - phase%quantum(period)}
}

// quantum is the unit that the phase is counted in.
func quantum(period uint64) uint64 { return max(1, period/4096) }

// Immortal reports whether the era has no end.
func (e Era) Immortal() bool { return e == Era{} }

// Birth is the era's first block, seen from a block within it; 0 if immortal.
func (e Era) Birth(block uint64) uint64 {
	if e.Immortal() {
		return 0
	}
	return (max(block, e.Phase)-e.Phase)/e.Period*e.Period + e.Phase
}

// Death is the first block in which the extrinsic is no longer valid, seen from a
// block within the era; the greatest number if immortal.
func (e Era) Death(block uint64) uint64 {
	if e.Immortal() {
		return ^uint64(0)
	}
	return e.Birth(block) + e.Period
}

// check tells whether the era has a form on the wire.
func (e Era) check() error {
	if e.Immortal() {
		return nil
	}
	if e.Period < minPeriod || e.Period > maxPeriod || e.Period&(e.Period-1) != 0 {
		return fmt.Errorf("era period %d is not a power of two from %d to %d", e.Period, minPeriod, maxPeriod)
	}
	if e.Phase >= e.Period || e.Phase%quantum(e.Period) != 0 {
		return fmt.Errorf("era phase %d does not fit period %d", e.Phase, e.Period)
	}
	return nil
}

// appendEra writes 0, or two bytes: log2(period)-1 in the low four bits and
// phase/quantum above.
func appendEra(b []byte, e Era) []byte {
	if e.Immortal() {
		return append(b, 0)
	}
	low := uint16(bits.TrailingZeros64(e.Period) - 1)
	return scale.AppendU16(b, low|uint16(e.Phase/quantum(e.Period))<<4)
}

func decodeEra(d *scale.Decoder) Era {
	first := d.U8()
	if first == 0 {
		return Era{}
	}
	v := uint64(first) | uint64(d.U8())<<8
	e := Era{Period: 2 << (v & 15)}
	e.Phase = v >> 4 * quantum(e.Period)
	if d.Err() == nil && e.check() != nil {
		d.Fail(errors.New("no such era"))
		return Era{}
	}
	return e
}

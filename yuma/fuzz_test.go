package yuma

import (
	"encoding/binary"
	"testing"
)

// source reads an input from bytes, which are taken as they come and continued
// with zeros.
type source struct{ data []byte }

func (s *source) byte() byte {
	if len(s.data) == 0 {
		return 0
	}
	b := s.data[0]
	s.data = s.data[1:]
	return b
}

func (s *source) uint16() uint16 { return uint16(s.byte())<<8 | uint16(s.byte()) }

// block is mostly a small number, so that blocks compare both ways.
func (s *source) block() uint64 {
	b := uint64(s.byte())
	if b == 255 {
		return s.uint64()
	}
	return b
}

func (s *source) uint64() uint64 {
	var word [8]byte
	for k := range word {
		word[k] = s.byte()
	}
	return binary.BigEndian.Uint64(word[:]) >> (s.byte() & 63)
}

// row may repeat columns and go beyond n, though rarely.
func (s *source) row(n int) Row {
	var row Row
	for range int(s.byte()) % (n + 2) {
		row = append(row, Cell{uint16(int(s.byte()) % (n + 1)), s.uint16()})
	}
	return row
}

func (s *source) input() *Input {
	flags := s.byte()
	n := int(s.byte()) % 9
	in := &Input{
		N: n, Emission: s.uint64(), Block: s.block(), Tempo: s.uint16(),
		ActivityCutoffFactor: uint32(s.uint16()), LastMechanismStepBlock: s.block(),
		TaoWeight: s.uint64(), StakeThreshold: s.uint64(),
		MaxAllowedValidators: uint16(s.byte()), CommitRevealEnabled: flags&1 != 0,
		Kappa: s.uint16(), BondsPenalty: s.uint16(), BondsMovingAverage: s.uint64() % 2_000_002,
		Yuma3: flags&2 != 0, LiquidAlpha: flags&4 != 0,
		AlphaLow: s.uint16(), AlphaHigh: s.uint16(), AlphaSigmoidSteepness: int16(s.uint16()),
	}
	if flags&8 != 0 {
		owner := uint16(s.byte()) % uint16(n+2)
		in.OwnerUID = &owner
	}
	for range n {
		in.LastUpdate = append(in.LastUpdate, s.block())
		in.BlockAtRegistration = append(in.BlockAtRegistration, s.block())
		in.AlphaStake = append(in.AlphaStake, s.uint64())
		in.TaoStake = append(in.TaoStake, s.uint64())
		in.ActiveCommitBlock = append(in.ActiveCommitBlock, s.block())
		in.ValidatorPermits = append(in.ValidatorPermits, s.byte()&3 != 0)
		in.Weights = append(in.Weights, s.row(n))
		in.Bonds = append(in.Bonds, s.row(n))
	}
	if flags&16 != 0 {
		in.LastUpdate = in.LastUpdate[:n/2]
		in.ValidatorPermits = in.ValidatorPermits[:n/3]
	}
	return in
}

// FuzzEpoch looks for inputs that pass validation and then panic, break an
// invariant, or come out differently from a used workspace.
func FuzzEpoch(f *testing.F) {
	f.Add([]byte{})
	for flags := range byte(32) {
		seed := []byte{flags, 7}
		for k := range 400 {
			seed = append(seed, byte(k*k*(int(flags)+3)>>3))
		}
		f.Add(seed)
	}
	var used Workspace
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<12 {
			return
		}
		in := (&source{data}).input()
		out, err := Epoch(in)
		if err != nil || in.N == 0 { // nothing to compare but empty with missing lists
			return
		}
		if problem := violation(in, out); problem != "" {
			t.Fatalf("%s: %+v", problem, out)
		}
		if want := twinEpoch(in); !sameAsTwin(out, want) {
			t.Fatalf("got %+v\nwant %+v", out, want)
		}
		again, err := used.Epoch(in)
		if err != nil || !sameOutput(again, out) {
			t.Fatalf("used workspace: %v\n got %+v\nwant %+v", err, again, out)
		}
	})
}

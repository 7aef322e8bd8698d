package yuma

import (
	"cmp"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func mustEpoch(t interface{ Fatal(...any) }, in *Input) *Output {
	out, err := Epoch(in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestPermutedUIDs renames all neurons. As nothing but ties between equal stakes
// depends on uids, the results are the same under the new names, to the bit.
func TestPermutedUIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		names := make([]int, in.N)
		for i := range names {
			names[i] = i
		}
		names = rapid.Permutation(names).Draw(t, "names")
		renamed := *in
		renamed.LastUpdate = permute(in.LastUpdate, names)
		renamed.BlockAtRegistration = permute(in.BlockAtRegistration, names)
		renamed.ActiveCommitBlock = permute(in.ActiveCommitBlock, names)
		renamed.AlphaStake = permute(in.AlphaStake, names)
		renamed.ValidatorPermits = permute(in.ValidatorPermits, names)
		renamed.Weights = permuteRows(in.Weights, names)
		renamed.Bonds = permuteRows(in.Bonds, names)
		if in.OwnerUID != nil {
			owner := uint16(names[*in.OwnerUID])
			renamed.OwnerUID = &owner
		}
		out, got := mustEpoch(t, in), mustEpoch(t, &renamed)
		if !rankedByStake(out) {
			return // shares that became equal by rounding decide permits by uid
		}
		want := *out
		value := reflect.ValueOf(&want).Elem()
		permuteFields(value, names)
		permuteFields(value.FieldByName("Fixed"), names)
		want.Bonds = permuteRows(out.Bonds, names)
		if !sameOutput(got, &want) {
			t.Fatalf("renamed by %v:\n got %+v\nwant %+v", names, got, want)
		}
	})
}

// rankedByStake says whether no two positive shares of stake are equal.
func rankedByStake(out *Output) bool {
	shares := slices.DeleteFunc(slices.Clone(out.Fixed.Stake), func(s uint64) bool { return s == 0 })
	slices.Sort(shares)
	return len(slices.Compact(shares)) == len(shares)
}

// permute returns the list in which element i of the old one is at names[i].
func permute[T any](list []T, names []int) []T {
	renamed := make([]T, len(list))
	for i, v := range list {
		renamed[names[i]] = v
	}
	return renamed
}

func permuteRows(rows []Row, names []int) []Row {
	renamed := permute(rows, names)
	for i, row := range renamed {
		row = slices.Clone(row)
		for k := range row {
			row[k].Column = uint16(names[row[k].Column])
		}
		slices.SortFunc(row, func(a, b Cell) int { return cmp.Compare(a.Column, b.Column) })
		renamed[i] = row
	}
	return renamed
}

// permuteFields permutes every list of numbers or flags in a struct.
func permuteFields(v reflect.Value, names []int) {
	for k := range v.NumField() {
		field := v.Field(k)
		switch list := field.Interface().(type) {
		case []uint64:
			field.Set(reflect.ValueOf(permute(list, names)))
		case []uint16:
			field.Set(reflect.ValueOf(permute(list, names)))
		case []bool:
			field.Set(reflect.ValueOf(permute(list, names)))
		}
	}
}

// sameOutput compares two results; an empty row equals a missing one.
func sameOutput(a, b *Output) bool {
	x, y := *a, *b
	x.Bonds, y.Bonds = nil, nil
	return reflect.DeepEqual(x, y) && slices.EqualFunc(a.Bonds, b.Bonds, slices.Equal[Row])
}

// TestRowScale: only proportions within a row of weights matter.
func TestRowScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		scaled := *in
		scaled.Weights = nil
		for _, row := range in.Weights {
			row = slices.Clone(row)
			for k := range row {
				row[k].Value /= 8
			}
			scaled.Weights = append(scaled.Weights, slices.Clone(row))
			for k := range row {
				row[k].Value *= 8
			}
			in.Weights[len(scaled.Weights)-1] = row
		}
		if got, want := mustEpoch(t, &scaled), mustEpoch(t, in); !sameOutput(got, want) {
			t.Fatalf("got %+v\nwant %+v", got, want)
		}
	})
}

// TestInvariants checks what holds for the result of any input, and that a used
// workspace gives the same as a new one and leaves its input alone.
func TestInvariants(t *testing.T) {
	var used Workspace
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		before := cloneInput(in)
		out := mustEpoch(t, in)
		if problem := violation(in, out); problem != "" {
			t.Fatal(problem)
		}
		again, err := used.Epoch(in)
		if err != nil || !sameOutput(again, out) {
			t.Fatalf("used workspace: %v\n got %+v\nwant %+v", err, again, out)
		}
		if !reflect.DeepEqual(in, before) {
			t.Fatal("input was changed")
		}
	})
}

func cloneInput(in *Input) *Input {
	c := *in
	c.Weights, c.Bonds = nil, nil
	for i := range in.Weights {
		c.Weights = append(c.Weights, slices.Clone(in.Weights[i]))
		c.Bonds = append(c.Bonds, slices.Clone(in.Bonds[i]))
	}
	return &c
}

// violation names what is wrong with a result on its own, "" if nothing is.
func violation(in *Input, out *Output) string {
	for _, list := range [][]uint64{out.Fixed.Stake, out.Fixed.ActiveStake, out.Fixed.Incentive, out.Fixed.Dividends, out.Fixed.CombinedEmission} {
		if sum(list) > one {
			return "shares exceed one"
		}
	}
	var split uint64
	for i := range in.N {
		both := out.ServerEmission[i] + out.ValidatorEmission[i]
		if out.Emission[i] < both || out.Emission[i]-both > 2+in.Emission>>31 {
			return "emission is not that of both sides"
		}
		if split += out.Emission[i]; split > in.Emission {
			return "more is emitted than there is"
		}
		if !out.NewValidatorPermits[i] && len(out.Bonds[i]) != 0 {
			return "bonds without permit"
		}
		if len(out.Bonds[i]) > in.N {
			return "more bonds than neurons"
		}
	}
	permits := 0
	for _, p := range out.NewValidatorPermits {
		if p {
			permits++
		}
	}
	if permits > int(in.MaxAllowedValidators)+1 {
		return "too many permits"
	}
	return ""
}

func sum(list []uint64) uint64 {
	var total uint64
	for _, v := range list {
		total += v
	}
	return total
}

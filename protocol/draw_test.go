package protocol

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/item"
)

func TestProgramWord(t *testing.T) {
	if got := ProgramWord([8]byte{1, 2, 3, 4, 5, 6, 7, 8}); got != 0x0102030405060708 {
		t.Errorf("the word is %x", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.Uint64().Draw(t, "word")
		if got := ProgramWord(ProgramOf(word)); got != word {
			t.Fatalf("%x becomes %x", word, got)
		}
	})
}

func TestBucketDraw(t *testing.T) {
	b := item.Bucket{Program: [8]byte{1, 2, 3, 4, 5, 6, 7, 8}, Cell: 9, Span: 0x0a0b0c0d}
	if d, want := BucketDraw(b), (Draw{Mode: DrawBucket, U: 0x0102030405060708, V: 0x090a0b0c0d}); d != want {
		t.Errorf("draw is %+v, want %+v", d, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		b := item.Bucket{Program: ProgramOf(rapid.Uint64().Draw(t, "program")), Cell: rapid.Uint8().Draw(t, "cell"), Span: rapid.Uint32().Draw(t, "span")}
		d := BucketDraw(b)
		if BucketOf(d) != b {
			t.Fatalf("%+v becomes %+v", b, BucketOf(d))
		}
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
	})
}

// A draw has one spelling: a bucket's cell number fits its byte.
func TestDrawCheck(t *testing.T) {
	for _, c := range []struct {
		d  Draw
		ok bool
	}{
		{Draw{}, false},
		{Draw{Mode: DrawByte, U: math.MaxUint64, V: math.MaxUint64}, true},
		{Draw{Mode: DrawCell, U: math.MaxUint64, V: math.MaxUint64}, true},
		{Draw{Mode: DrawByteOf, U: math.MaxUint64, V: math.MaxUint64}, true},
		{Draw{Mode: DrawCellOf, U: math.MaxUint64, V: math.MaxUint64}, true},
		{Draw{Mode: DrawBucket, U: math.MaxUint64, V: 1<<40 - 1}, true},
		{Draw{Mode: DrawBucket, V: 1 << 40}, false},
		{Draw{Mode: DrawBucket, V: 1 << 63}, false},
		{Draw{Mode: DrawBucket + 1}, false},
		{Draw{Mode: math.MaxUint8}, false},
	} {
		err := c.d.Check()
		if (err == nil) != c.ok || err != nil && ReasonOf(err) != ReasonMalformed {
			t.Errorf("%+v: %v", c.d, err)
		}
		m := ItemsRequest{Parts: []Part{{Seq: 1, Draws: []Draw{c.d}}}}
		if err := m.Check(); (err == nil) != c.ok || err != nil && ReasonOf(err) != ReasonMalformed {
			t.Errorf("request with %+v: %v", c.d, err)
		}
		if one := c.d.Mode == DrawByte || c.d.Mode == DrawCell; c.d.Mode.LandsOnOne() != one {
			t.Errorf("mode %d lands on one: %v", c.d.Mode, !one)
		}
	}
}

package item

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func sampleJudgement() Judgement {
	return Judgement{
		Assignment: Sum("assignment"), Index: 3, Answer: "spam", Comment: "looks\nodd — é", Labeller: "0x" + strings.Repeat("ab", 20),
		Millis: 5300, Signature: bytes.Repeat([]byte{7}, MaxLabelSig),
	}
}

func canonicalOf(t testing.TB, j Judgement) []byte {
	t.Helper()
	b, err := j.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestJudgementRoundTrip(t *testing.T) {
	line := rapid.StringMatching(`[a-zé世:0-9]{1,40}`)
	rapid.Check(t, func(t *rapid.T) {
		want := Judgement{
			Index: rapid.Uint16().Draw(t, "index"), Answer: line.Draw(t, "answer"), Comment: rapid.StringN(-1, -1, MaxComment).Draw(t, "comment"),
			Labeller: line.Filter(func(s string) bool { return len(s) <= MaxLabeller }).Draw(t, "labeller"), Millis: rapid.Uint32().Draw(t, "millis"),
			Signature: rapid.SliceOfN(rapid.Byte(), 0, MaxLabelSig).Draw(t, "signature"),
		}
		copy(want.Assignment[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "assignment"))
		b, err := want.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeJudgement(b)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v reads back as %+v, %v", want, got, err)
		}
		if got.Task() != TaskID(want.Assignment, want.Index) {
			t.Fatal("the task is not that of the assignment and the index")
		}
	})
}

// Each field is in the canonical bytes, and so in the content id.
func TestJudgementBindsEachField(t *testing.T) {
	was := canonicalOf(t, sampleJudgement())
	for name, change := range map[string]func(*Judgement){
		"assignment": func(j *Judgement) { j.Assignment[31] ^= 1 },
		"index":      func(j *Judgement) { j.Index++ },
		"answer":     func(j *Judgement) { j.Answer = "ham" },
		"comment":    func(j *Judgement) { j.Comment = "" },
		"labeller":   func(j *Judgement) { j.Labeller = "0x" + strings.Repeat("cd", 20) },
		"millis":     func(j *Judgement) { j.Millis++ },
		"signature":  func(j *Judgement) { j.Signature[0] ^= 1 },
	} {
		j := sampleJudgement()
		change(&j)
		if bytes.Equal(canonicalOf(t, j), was) {
			t.Errorf("%s is not bound", name)
		}
	}
}

func TestJudgementLimits(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	for name, c := range map[string]struct {
		change func(*Judgement)
		ok     bool
	}{
		"longest":               {func(j *Judgement) { j.Answer, j.Comment, j.Labeller = x(MaxAnswer), x(MaxComment), x(MaxLabeller) }, true},
		"no comment":            {func(j *Judgement) { j.Comment = "" }, true},
		"no labeller":           {func(j *Judgement) { j.Labeller = "" }, true},
		"no signature":          {func(j *Judgement) { j.Signature = nil }, true},
		"no answer":             {func(j *Judgement) { j.Answer = "" }, false},
		"long answer":           {func(j *Judgement) { j.Answer = x(MaxAnswer + 1) }, false},
		"answer of two lines":   {func(j *Judgement) { j.Answer = "a\nb" }, false},
		"answer not UTF-8":      {func(j *Judgement) { j.Answer = "a\xff" }, false},
		"long comment":          {func(j *Judgement) { j.Comment = x(MaxComment + 1) }, false},
		"long labeller":         {func(j *Judgement) { j.Labeller = x(MaxLabeller + 1) }, false},
		"labeller of two lines": {func(j *Judgement) { j.Labeller = "a\rb" }, false},
		"labeller not UTF-8":    {func(j *Judgement) { j.Labeller = "\xc3" }, false},
		"long signature":        {func(j *Judgement) { j.Signature = make([]byte, MaxLabelSig+1) }, false},
	} {
		j := sampleJudgement()
		c.change(&j)
		b, err := j.Canonical()
		if (err == nil) != c.ok || err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
		if c.ok {
			if _, err := DecodeJudgement(b); err != nil {
				t.Errorf("%s does not read back: %v", name, err)
			}
			continue
		}
		if b, err = encMode.Marshal(j); err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeJudgement(b); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s is read: %v", name, err)
		}
	}
}

func TestDecodeJudgementRefuses(t *testing.T) {
	good := canonicalOf(t, sampleJudgement())
	short := sampleJudgement()
	short.Comment, short.Labeller, short.Signature = "", "", nil
	tail := []byte{0x60, 0x19, 0x14, 0xb4, 0x40} // no labeller, 5300, no signature
	bare := canonicalOf(t, short)
	if !bytes.HasSuffix(bare, tail) {
		t.Fatalf("the sample ends with %x", bare[len(bare)-8:])
	}
	ending := func(b ...byte) []byte { return append(bytes.Clone(bare[:len(bare)-len(tail)]), b...) }
	for name, b := range map[string][]byte{
		"nothing":          nil,
		"an item":          {0x80},
		"one byte less":    good[:len(good)-1],
		"one byte more":    append(bytes.Clone(good), 0),
		"long number":      ending(0x60, 0x1a, 0, 0, 0x14, 0xb4, 0x40),
		"negative number":  ending(0x60, 0x39, 0x14, 0xb4, 0x40),
		"too great number": ending(0x60, 0x1b, 0, 0, 0, 1, 0, 0, 0, 0, 0x40),
		"null signature":   ending(0x60, 0x19, 0x14, 0xb4, 0xf6),
		"text signature":   ending(0x60, 0x19, 0x14, 0xb4, 0x60),
		"open signature":   ending(0x60, 0x19, 0x14, 0xb4, 0x5f, 0xff),
		"bytes labeller":   ending(0x40, 0x19, 0x14, 0xb4, 0x40),
		"field missing":    append([]byte{0x86}, ending(0x60, 0x19, 0x14, 0xb4)[1:]...),
		"field more":       append([]byte{0x88}, ending(0x60, 0x19, 0x14, 0xb4, 0x40, 0x40)[1:]...),
	} {
		if j, err := DecodeJudgement(b); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %+v, %v", name, j, err)
		}
	}
	if _, err := DecodeJudgement(ending(tail...)); err != nil {
		t.Errorf("the sample itself: %v", err)
	}
}

// Tasks have names of their own, and the URI of one is in canonical form, so that it
// can stand in an item.
func TestTaskNames(t *testing.T) {
	a, b := Sum("one"), Sum("two")
	ids := map[Hash]bool{TaskID(a, 0): true, TaskID(a, 1): true, TaskID(a, 256): true, TaskID(b, 0): true}
	if len(ids) != 4 {
		t.Errorf("four tasks have %d names", len(ids))
	}
	if got, want := TaskID(a, 0x0102), Sum("assay/task/v1", a[:], []byte{1, 2}); got != want {
		t.Errorf("task id is %s, want %s", got, want)
	}
	uri := TaskURI(a)
	if canonical, err := CanonicalURI(uri); err != nil || canonical != uri || uri != "urn:assay:task:"+hex.EncodeToString(a[:]) {
		t.Errorf("%s is %s in canonical form, %v", uri, canonical, err)
	}
}

func FuzzDecodeJudgement(f *testing.F) {
	j := sampleJudgement()
	f.Add(canonicalOf(f, j))
	j.Comment, j.Signature, j.Millis = "", nil, 0
	f.Add(canonicalOf(f, j))
	f.Add([]byte{0x87, 0x40, 0x00, 0x60, 0x60, 0x60, 0x00, 0x40})
	f.Fuzz(func(t *testing.T, b []byte) {
		j, err := DecodeJudgement(b)
		if err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		if again, err := j.Canonical(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x decodes and encodes as %x, %v", b, again, err)
		}
		if len(j.Answer) == 0 || len(j.Answer) > MaxAnswer || len(j.Comment) > MaxComment || len(j.Labeller) > MaxLabeller || len(j.Signature) > MaxLabelSig {
			t.Fatalf("beyond the limits: %+v", j)
		}
	})
}

package duplicate

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func canonical(t testing.TB, text string) []byte {
	t.Helper()
	b, err := Canonical(nil, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCanonical(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""}, {" \t\r\n", ""}, {"a", "a"}, {"  a", "a"}, {"a  ", "a"}, {"a b", "a b"}, {"a  b", "a b"}, {" a\t\nb\vc\f ", "a b c"},
		{"cafe\u0301", "caf\u00e9"}, {"caf\u00e9", "caf\u00e9"}, {"\u2000x\u00a0\u3000y\u0085", "x y"}, {"A a", "A a"},
		{"\u212b", "\u00c5"}, {"a\x7fb\x00", "a\x7fb\x00"}, {"a \u00e9 b", "a \u00e9 b"}, {"x \u0301y", "x \u0301y"},
	} {
		if got := string(canonical(t, c.text)); got != c.want {
			t.Errorf("%q gives %q, want %q", c.text, got, c.want)
		}
	}
	for _, text := range []string{"\xff", "a\xc3", strings.Repeat("x", MaxText+1)} {
		if got, err := Canonical(nil, []byte(text)); !errors.Is(err, ErrText) {
			t.Errorf("%.9q gives %.9q, %v", text, got, err)
		}
	}
	prefix := []byte("kept e")
	if got, _ := Canonical(prefix, []byte("\u0301 b")); string(got) != "kept e\u0301 b" {
		t.Errorf("appended: %q", got)
	}
	if Digest([]byte("a")) == Digest([]byte("b")) || Digest(canonical(t, "e\u0301 ")) != Digest(canonical(t, "\u00e9")) {
		t.Error("the digest does not follow the canonical form")
	}
}

func FuzzCanonical(f *testing.F) {
	for _, s := range []string{"", " a  b ", "cafe\u0301", "\u2000\u3000", "\xff", strings.Repeat("\u0301", 40), "a\u0300\u0301 \u0323", strings.Repeat("word ", 25)} {
		f.Add([]byte(s))
	}
	signer, err := NewSigner([]byte("fuzz"), Usual())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		once, err := Canonical(nil, text)
		if err != nil {
			if !errors.Is(err, ErrText) || utf8.Valid(text) && len(text) <= MaxText {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if twice, err := Canonical(nil, once); len(once) <= MaxText && (err != nil || !bytes.Equal(once, twice)) {
			t.Fatalf("%q gives %q, which gives %q, %v", text, once, twice, err)
		}
		var a, b Set
		signer.Shingle(&a, once)
		if want := slowShingles(string(once)); len(want) != a.Len() {
			t.Fatalf("%q has %d shingles, want %d", once, a.Len(), len(want))
		}
		signer.Shingle(&b, append(once, " and more"...))
		if j := Jaccard(&a, &b); !(j >= 0 && j <= 1) || j != Jaccard(&b, &a) {
			t.Fatalf("likeness %v", j)
		}
	})
}

// slowShingles is the obvious way to the set of shingles.
func slowShingles(text string) map[string]bool {
	set := map[string]bool{}
	if words := strings.Split(text, " "); len(words) >= LongText {
		for i := range len(words) - ShingleWords + 1 {
			set[strings.Join(words[i:i+ShingleWords], " ")] = true
		}
		return set
	}
	runes := []rune(text)
	for i := range len(runes) - ShingleCharacters + 1 {
		set[string(runes[i:i+ShingleCharacters])] = true
	}
	if len(runes) > 0 && len(runes) < ShingleCharacters {
		set[text] = true
	}
	return set
}

func slowJaccard(a, b map[string]bool) float64 {
	both := 0
	for s := range a {
		if b[s] {
			both++
		}
	}
	if both == 0 {
		return 0
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

func TestJaccardIsThatOfTheStrings(t *testing.T) {
	signer := usualSigner(t)
	word := rapid.SampledFrom([]string{"a", "b", "the", "é", "日本", "x"})
	rapid.Check(t, func(t *rapid.T) {
		texts := [2]string{}
		for i := range texts {
			texts[i] = strings.Join(rapid.SliceOfN(word, 0, 60).Draw(t, "words"), " ")
		}
		var a, b Set
		signer.Shingle(&a, []byte(texts[0]))
		signer.Shingle(&b, []byte(texts[1]))
		want := slowJaccard(slowShingles(texts[0]), slowShingles(texts[1]))
		if got := Jaccard(&a, &b); got != want {
			t.Fatalf("%q: likeness %v, want %v", texts, got, want)
		}
		if (a.Fingerprint() == b.Fingerprint()) != (want == 1 || a.Len()+b.Len() == 0) {
			t.Fatalf("%q: fingerprints %x and %x for likeness %v", texts, a.Fingerprint(), b.Fingerprint(), want)
		}
	})
}

func TestShinglesAtTheEdges(t *testing.T) {
	signer := usualSigner(t)
	var a Set
	for _, c := range []struct {
		text string
		want int
	}{
		{"", 0}, {"x", 1}, {"abcd", 1}, {"abcde", 1}, {"abcdef", 2}, {"aaaaaaaaa", 1}, {"日本語で", 1}, {"日本語です", 1}, {"日本語です。", 2},
		{strings.Repeat("a ", 18) + "a", 2}, {strings.Repeat("a ", 19) + "a", 1}, {strings.Repeat("x", 100_000), 1},
	} {
		signer.Shingle(&a, []byte(c.text))
		if a.Len() != c.want {
			t.Errorf("%.40q has %d shingles, want %d", c.text, a.Len(), c.want)
		}
	}
	distinct := make([]byte, 0, MaxText)
	for i := 0; len(distinct) < MaxText-10; i++ {
		distinct = fmt.Appendf(distinct, "%d ", i)
	}
	signer.Shingle(&a, bytes.TrimSpace(distinct))
	if words := bytes.Count(distinct, []byte(" ")); a.Len() != words-ShingleWords+1 {
		t.Errorf("%d different words have %d shingles", words, a.Len())
	}
}

// Candidates gives each pair with an equal band once, and joined pairs are those of
// comparing all, up to what the bands miss.
func TestCandidatesAgainstAllPairs(t *testing.T) {
	c, signer := generate(400, 5), usualSigner(t)
	c.texts = append(c.texts, c.texts[7], c.texts[7], nil)
	keys, _ := signAll(t, signer, c.texts, 1)
	bands := signer.banding.Bands
	got := map[[2]int]int{}
	for i, j := range signer.banding.Candidates(keys) {
		if i >= j {
			t.Fatalf("pair %d, %d", i, j)
		}
		got[[2]int{i, j}]++
	}
	for j := range c.texts {
		for i := range j {
			want := 0
			if shared(keys[i*bands:][:bands], keys[j*bands:][:bands]) {
				want = 1
			}
			if got[[2]int{i, j}] != want {
				t.Errorf("pair %d, %d is given %d times, want %d", i, j, got[[2]int{i, j}], want)
			}
		}
	}
	for range signer.banding.Candidates(keys) {
		break
	}
	pairs, _ := join(signer, c.texts, keys, 0.8)
	found := map[[2]int]float64{}
	for _, p := range pairs {
		found[[2]int{p.i, p.j}] = p.jaccard
	}
	slow, missed := naivePairs(c.texts, 0.8), 0
	for _, p := range slow {
		if j, ok := found[[2]int{p.i, p.j}]; !ok {
			missed++
		} else if j != p.jaccard {
			t.Errorf("%v: likeness %v", p, j)
		}
	}
	if len(slow) < 15 || missed > len(slow)/10 || len(found) != len(slow)-missed {
		t.Errorf("%d pairs, %d of the %d true ones missed", len(found), missed, len(slow))
	}
}

// naivePairs compares all pairs of texts as sets of strings.
func naivePairs(texts [][]byte, threshold float64) (pairs []scored) {
	sets := make([]map[string]bool, len(texts))
	for i, text := range texts {
		sets[i] = slowShingles(string(text))
	}
	for j := range sets {
		for i := range j {
			if s := slowJaccard(sets[i], sets[j]); s >= threshold {
				pairs = append(pairs, scored{i, j, s})
			}
		}
	}
	return pairs
}

func TestFirsts(t *testing.T) {
	got := Firsts([]Fingerprint{{1, 2}, {3, 4}, {1, 2}, {1, 3}, {3, 4}, {1, 2}})
	if fmt.Sprint(got) != "[0 1 0 3 1 0]" {
		t.Error(got)
	}
	if len(Firsts(nil)) != 0 {
		t.Error("nothing has a first")
	}
}

// A signature does not depend on the order of the words' appearance in the table, and a
// Set can be used again.
func TestSignatureIsAFunctionOfTheSet(t *testing.T) {
	signer, again := usualSigner(t), usualSigner(t)
	var used, fresh Set
	long := canonical(t, strings.Repeat("some words that fill the table of the set ", 50))
	signer.Shingle(&used, long)
	text := canonical(t, "a short post about a walk by the river")
	signer.Shingle(&used, text)
	again.Shingle(&fresh, text)
	x, y := signer.Sign(nil, &used), again.Sign(nil, &fresh)
	if e, err := Estimate(x, y); err != nil || e != 1 || Jaccard(&used, &fresh) != 1 {
		t.Errorf("estimate %v, %v", e, err)
	}
	var nothing Set
	signer.Shingle(&nothing, nil)
	for _, m := range signer.Sign(nil, &nothing) {
		if m != math.MaxUint64 {
			t.Errorf("the signature of nothing holds %d", m)
		}
	}
	if Jaccard(&nothing, &used) != 0 || Jaccard(&nothing, &nothing) != 0 {
		t.Error("nothing is like something")
	}
	odd, err := NewSigner([]byte("x"), Banding{3, 5})
	if err != nil || len(odd.Sign(nil, &used)) != 15 || len(odd.Keys(nil, odd.Sign(nil, &used))) != 3 {
		t.Errorf("15 hashes: %v", err)
	}
}

package textquality

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

type reference struct {
	Terminal string `json:"terminal"`
	Docs     map[string]struct {
		Text   string            `json:"text"`
		Result map[string]string `json:"result"`
	} `json:"docs"`
}

func readReference(tb testing.TB) (r reference) {
	b, err := os.ReadFile("testdata/textfilters.json")
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(b, &r); err != nil {
		tb.Fatal(err)
	}
	return r
}

func measure(t interface{ Fatal(...any) }, text string) *Features {
	f, err := Measure(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func outcomes(f *Features) map[string]string {
	return map[string]string{"gopher_quality": f.GopherQuality(), "gopher_repetition": f.GopherRepetition(), "c4": f.C4(), "fineweb": f.FineWeb()}
}

func TestReferenceOutcomes(t *testing.T) {
	r := readReference(t)
	if len(r.Docs) != 14 || r.Terminal != terminal {
		t.Fatalf("%d documents, ends of sentences %q", len(r.Docs), r.Terminal)
	}
	for name, doc := range r.Docs {
		f := measure(t, doc.Text)
		got := outcomes(f)
		for filter, want := range doc.Result {
			if got[filter] != want {
				t.Errorf("%s, %s: %s, want %s; %+v", name, filter, got[filter], want, f)
			}
		}
		if len(doc.Result) != 4 {
			t.Errorf("%s has %d outcomes", name, len(doc.Result))
		}
	}
}

// The remaining rules, which no document of the reference breaks first.
func TestOtherOutcomes(t *testing.T) {
	prose := strings.Repeat("The people have to be with that answer of a winter morning. ", 6)
	numbered := func(n int, word string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.Repeat(string(rune('a'+i%26)), i/26+1) + word + " ")
		}
		return b.String()
	}
	for _, c := range []struct{ filter, text, want string }{
		{"gopher_quality", strings.Repeat("word ", 100_001), "gopher_long_doc"},
		{"gopher_quality", strings.Repeat("of a ", 30), "gopher_below_avg_threshold"},
		{"gopher_quality", strings.Repeat("incomprehensible ", 60), "gopher_above_avg_threshold"},
		{"gopher_quality", strings.Repeat(strings.Repeat("word that ", 8)+"…\n", 4), "gopher_too_many_end_ellipsis"},
		{"gopher_quality", strings.Repeat("word ... ", 49), "gopher_short_doc"},
		{"gopher_quality", prose, Keep},
		{"gopher_repetition", numbered(60, "a") + "x\n\ny\n\nz\n\n" + numbered(60, "a") + "x", "dup_para_char_frac"},
		{"gopher_repetition", numbered(60, "a") + "\n" + numbered(60, "b") + "\nx\ny\n" + numbered(60, "a"), "dup_line_char_frac"},
		{"gopher_repetition", numbered(100, "a") + numbered(60, "c") + numbered(60, "c"), "duplicated_5_n_grams"},
		{"gopher_repetition", "a\n\n", Keep},
		{"gopher_repetition", "", Keep},
		{"c4", "", "too_few_sentences"},
		{"c4", strings.Repeat("This is one line. [12] [edit]\n", 4) + "So is this one.[citation needed]\nAnd [3] that one too.", "too_few_sentences"},
		{"c4", strings.Repeat("This is one line.[12][edit]\n", 4) + "So is this one.[citation needed]\n", Keep},
		{"c4", strings.Repeat("This line needs JavaScript {to} work.\n", 9), "too_few_sentences"},
		{"c4", strings.Repeat("We use cookies on this page.\n", 9), "too_few_sentences"},
		{"c4", strings.Repeat("It goes on and on...\n", 9), "too_few_sentences"},
		{"c4", strings.Repeat("One two three "+strings.Repeat("é", 1001)+".\n", 9), "too_few_sentences"},
		{"c4", strings.Repeat("One two three "+strings.Repeat("é", 999)+".\n", 9), Keep},
		{"c4", "One { two three.\nLorem Ipsum two three.", "curly_bracket"},
		{"c4", "One two three. One two three! One two three? One two three. One two three.", Keep},
		{"fineweb", "", "empty"},
		{"fineweb", " \n\t\n", "empty"},
		{"fineweb", strings.Repeat("\n", 30) + "A line that is longer than thirty characters and ends well.", "list_ratio"},
		{"fineweb", "この文は三十文字を超えるように書かれた長い日本語の文章であり、句点で終わる。", Keep},
	} {
		if got := outcomes(measure(t, c.text))[c.filter]; got != c.want {
			t.Errorf("%s of %.50q: %s, want %s; %+v", c.filter, c.text, got, c.want, measure(t, c.text))
		}
	}
}

// The trap of the rules: a plain post breaks three of the four sets, whatever it says.
func TestShortTextsBreakTheRules(t *testing.T) {
	f := measure(t, "Walked along the river this morning, the ice has gone and the herons are back.")
	if f.GopherQuality() == Keep || f.C4() == Keep || f.GopherRepetition() == Keep {
		t.Errorf("%v", outcomes(f))
	}
	if f.Letters < 0.75 || f.RepeatedLines != 0 || f.RepeatedRuns != [6]float64{} {
		t.Errorf("the features are not those of plain prose: %+v", f)
	}
}

// slowRuns joins the words of every run.
func slowRuns(text string, n int) (top, repeated float64) {
	all := strings.FieldsFunc(text, isSpace)
	times, order := map[string]int{}, []string{}
	for i := range len(all) - n + 1 {
		run := strings.Join(all[i:i+n], " ")
		if times[run] == 0 {
			order = append(order, run)
		}
		times[run]++
	}
	best := ""
	for _, run := range order {
		if times[run] > times[best] {
			best = run
		}
	}
	seen, sum := map[string]bool{}, 0
	for i := 0; i < len(all)-n+1; {
		run := strings.Join(all[i:i+n], "\x00")
		if seen[run] {
			sum += utf8.RuneCountInString(run) - (n - 1)
			i += n
		} else {
			seen[run] = true
			i++
		}
	}
	size := float64(max(utf8.RuneCountInString(text), 1))
	return float64(utf8.RuneCountInString(best)*times[best]) / size, float64(sum) / size
}

func TestRunsAgainstJoinedStrings(t *testing.T) {
	word := rapid.SampledFrom([]string{"a", "b", "cd", "é", "日本"})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(word, 0, 80).Draw(t, "words"), " ")
		f := measure(t, text)
		for n := 2; n <= 10; n++ {
			top, repeated := slowRuns(text, n)
			if n <= 4 && f.TopRuns[n-2] != top {
				t.Fatalf("%q: top run of %d words %v, want %v", text, n, f.TopRuns[n-2], top)
			}
			if n > 4 && f.RepeatedRuns[n-5] != repeated {
				t.Fatalf("%q: repeated runs of %d words %v, want %v", text, n, f.RepeatedRuns[n-5], repeated)
			}
		}
	})
}

func TestLinesAndPieces(t *testing.T) {
	for _, c := range []struct {
		text              string
		lines, ones, twos []string
	}{
		{"", nil, []string{""}, []string{""}},
		{"\n", []string{""}, []string{"", ""}, []string{"\n"}},
		{"a\n\nb\r\nc\n", []string{"a", "", "b", "c"}, []string{"a", "b\r", "c", ""}, []string{"a", "b\r\nc\n"}},
		{"a\u2028b\u0085\x1cc\v", []string{"a", "b", "", "c"}, []string{"a\u2028b\u0085\x1cc\v"}, []string{"a\u2028b\u0085\x1cc\v"}},
		{"\n\n\na\n\n\nb", []string{"", "", "", "a", "", "", "b"}, []string{"", "a", "b"}, []string{"", "a", "b"}},
	} {
		if got := slices.Collect(lines(c.text)); !slices.Equal(got, c.lines) {
			t.Errorf("%q has the lines %q, want %q", c.text, got, c.lines)
		}
		if got := slices.Collect(pieces(c.text, 1)); !slices.Equal(got, c.ones) {
			t.Errorf("%q has the pieces %q, want %q", c.text, got, c.ones)
		}
		if got := slices.Collect(pieces(c.text, 2)); !slices.Equal(got, c.twos) {
			t.Errorf("%q has the paragraphs %q, want %q", c.text, got, c.twos)
		}
	}
}

// Hostile texts of megabytes are measured or refused.
func TestHostileTexts(t *testing.T) {
	const size = 1 << 20
	for name, text := range map[string]string{
		"one word": strings.Repeat("x", 10<<20), "spaces": strings.Repeat(" ", size), "newlines": strings.Repeat("\n", size),
		"no UTF-8": strings.Repeat("\xff\xc3(", size/3), "brackets": strings.Repeat("[1", size/2) + ".", "points": strings.Repeat(".", size),
		"lines": strings.Repeat("x\n", 1<<18), "words": strings.Repeat("x ", MaxWords), "hashes": strings.Repeat("#", size),
	} {
		f := measure(t, text)
		for filter, outcome := range outcomes(f) {
			if outcome == "" {
				t.Errorf("%s: %s has no outcome", name, filter)
			}
		}
	}
	for _, text := range []string{strings.Repeat("x", MaxBytes+1), strings.Repeat("x ", MaxWords+1)} {
		if f, err := Measure(text); err == nil {
			t.Errorf("%d bytes give %+v", len(text), f)
		}
	}
}

func FuzzMeasure(f *testing.F) {
	for _, doc := range readReference(f).Docs {
		f.Add(doc.Text)
	}
	for _, text := range []string{"", "\n", "\xff", "a\n\n\na", "[", "[12", "[edit]", "...", "a b a b a b a b a b a b", "\u0130 lorem ipsum x."} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Measure(text)
		if err != nil {
			return
		}
		shares := append([]float64{m.BulletLines, m.EllipsisLines, m.LetterWords, m.Letters, m.RepeatedParagraphs, m.RepeatedParagraphCharacters,
			m.RepeatedLines, m.RepeatedLineCharacters, m.EndedLines, m.ShortLines, m.RepeatedFilledCharacters}, m.RepeatedRuns[:]...)
		for i, x := range shares {
			if !(x >= 0 && x <= 1) {
				t.Fatalf("%q: share %d is %v", text, i, x)
			}
		}
		for _, x := range append(m.TopRuns[:], m.MeanLength, m.Hashes, m.Ellipses, m.NewlinesPerWord) {
			if math.IsNaN(x) || x < 0 {
				t.Fatalf("%q: %+v", text, m)
			}
		}
		for filter, outcome := range outcomes(m) {
			if outcome == "" {
				t.Fatalf("%q has no outcome of %s", text, filter)
			}
		}
	})
}

func page(tb testing.TB) string { return readReference(tb).Docs["clean"].Text }

func BenchmarkMeasure(b *testing.B) {
	text := page(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		measure(b, text)
	}
}

// BenchmarkJoinedRuns is the obvious way to the runs alone.
func BenchmarkJoinedRuns(b *testing.B) {
	text := page(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		for n := 2; n <= 10; n++ {
			slowRuns(text, n)
		}
	}
}

func BenchmarkReadingBytes(b *testing.B) {
	text := page(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, r := range text {
			n += int(r)
		}
		b.ReportMetric(float64(n), "sum")
	}
}

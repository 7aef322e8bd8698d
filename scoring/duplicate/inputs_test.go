package duplicate

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// planted is a near-copy in a generated corpus: `changed` words of text `source` were
// drawn anew to make text `doc`.
type planted struct{ doc, source, changed int }

// corpus is texts in the shape of the reference's generator: 40 to 120 words of a
// vocabulary in which few words are frequent, each tenth text a near-copy of an earlier
// one. With STATISTICS_INPUTS it is the reference's own file of 10^5 texts.
type corpus struct {
	texts  [][]byte
	copies []planted
}

var fullCorpus = sync.OnceValue(func() corpus { return generate(100_000, 3) })

func corpusOf1e5(tb testing.TB) corpus {
	if os.Getenv("STATISTICS_INPUTS") == "" {
		return fullCorpus()
	}
	return givenCorpus(tb)
}

func givenCorpus(tb testing.TB) corpus {
	folder := os.Getenv("STATISTICS_INPUTS")
	b, err := os.ReadFile(filepath.Join(folder, "docs_1e5.txt"))
	if err != nil {
		tb.Fatal(err)
	}
	f, err := os.Open(filepath.Join(folder, "docs_1e5.dups.csv"))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	c := corpus{texts: bytes.Split(bytes.TrimSuffix(b, []byte("\n")), []byte("\n"))}
	for _, row := range rows[1:] {
		var n [3]int
		for k := range n {
			if n[k], err = strconv.Atoi(row[k]); err != nil {
				tb.Fatal(err)
			}
		}
		c.copies = append(c.copies, planted{n[0], n[1], n[2]})
	}
	return c
}

func generate(n int, seed uint64) (c corpus) {
	r := kernel.NewRandom(seed)
	vocabulary := make([]string, 20000)
	cumulative := make([]float64, len(vocabulary))
	total := 0.0
	for i := range vocabulary {
		word := make([]byte, 3+r.Intn(7))
		for k := range word {
			word[k] = byte('a' + r.Intn(26))
		}
		vocabulary[i] = string(word)
		total += 1 / float64(i+3)
		cumulative[i] = total
	}
	draw := func() string {
		u := r.Float64() * total
		lo, hi := 0, len(cumulative)-1
		for lo < hi {
			if mid := (lo + hi) / 2; cumulative[mid] < u {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		return vocabulary[lo]
	}
	for i := range n {
		var words [][]byte
		if i > 100 && i%10 == 0 {
			p := planted{i, r.Intn(i), []int{0, 1, 2, 5}[r.Intn(4)]}
			words = bytes.Fields(c.texts[p.source])
			for _, k := range r.Perm(len(words))[:p.changed] {
				words[k] = []byte(draw())
			}
			c.copies = append(c.copies, p)
		} else {
			for range 40 + r.Intn(81) {
				words = append(words, []byte(draw()))
			}
		}
		c.texts = append(c.texts, bytes.Join(words, []byte(" ")))
	}
	return c
}

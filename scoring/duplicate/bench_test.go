package duplicate

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
)

// signAll signs texts on several cores and gives the keys in the order of the texts.
func signAll(tb testing.TB, s *Signer, texts [][]byte, cores int) (keys []uint64, prints []Fingerprint) {
	bands := s.banding.Bands
	keys, prints = make([]uint64, bands*len(texts)), make([]Fingerprint, len(texts))
	var work sync.WaitGroup
	for core := range cores {
		work.Go(func() {
			var set Set
			var text []byte
			var signature []uint64
			for i := core * len(texts) / cores; i < (core+1)*len(texts)/cores; i++ {
				var err error
				if text, err = Canonical(text[:0], texts[i]); err != nil {
					tb.Error(err)
					return
				}
				s.Shingle(&set, text)
				signature = s.Sign(signature[:0], &set)
				s.Keys(keys[i*bands:i*bands], signature)
				prints[i] = set.Fingerprint()
			}
		})
	}
	work.Wait()
	return keys, prints
}

type scored struct {
	i, j    int
	jaccard float64
}

// join finds all pairs of a likeness, as the command does, one core.
func join(s *Signer, texts [][]byte, keys []uint64, threshold float64) (pairs []scored, candidates int) {
	var a, b Set
	var text []byte
	last := -1
	for i, j := range s.banding.Candidates(keys) {
		candidates++
		if j != last {
			text, _ = Canonical(text[:0], texts[j])
			s.Shingle(&b, text)
			last = j
		}
		text, _ = Canonical(text[:0], texts[i])
		s.Shingle(&a, text)
		if likeness := Jaccard(&a, &b); likeness >= threshold {
			pairs = append(pairs, scored{i, j, likeness})
		}
	}
	return pairs, candidates
}

func usualSigner(tb testing.TB) *Signer {
	s, err := NewSigner([]byte("a seed for tests"), Usual())
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func BenchmarkMinHashLSH(b *testing.B) {
	texts := corpusOf1e5(b).texts
	for _, cores := range []int{1, 2} {
		b.Run(map[int]string{1: "one core", 2: "two cores"}[cores], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s := usualSigner(b)
				keys, prints := signAll(b, s, texts, cores)
				Firsts(prints)
				pairs, candidates := join(s, texts, keys, 0.8)
				b.ReportMetric(float64(len(pairs)), "pairs")
				b.ReportMetric(float64(candidates), "candidates")
			}
		})
	}
}

func BenchmarkSignatures(b *testing.B) {
	texts := corpusOf1e5(b).texts
	b.ReportAllocs()
	for b.Loop() {
		signAll(b, usualSigner(b), texts, 1)
	}
}

// BenchmarkReadingBytes is the least that any method has to do: touch each byte once.
func BenchmarkReadingBytes(b *testing.B) {
	texts := corpusOf1e5(b).texts
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, text := range texts {
			n += bytes.Count(text, []byte{' '})
		}
		b.ReportMetric(float64(n), "spaces")
	}
}

// mapMinHash is the obvious MinHash: shingles as strings, the bands as maps.
func mapMinHash(s *Signer, texts [][]byte) (candidates int) {
	bands := s.banding.Bands
	buckets := make([]map[string][]int, bands)
	for i := range buckets {
		buckets[i] = map[string][]int{}
	}
	for j, text := range texts {
		least := make([]uint64, len(s.hash))
		for i := range least {
			least[i] = ^uint64(0)
		}
		for shingle := range slowShingles(string(text)) {
			x := s.word.Hash([]byte(shingle))
			for i, f := range s.hash {
				if h := f.a*x + f.b; h < least[i] {
					least[i] = h
				}
			}
		}
		seen := map[int]bool{}
		for band := range bands {
			key := fmt.Sprint(least[band*s.banding.Rows:][:s.banding.Rows])
			for _, i := range buckets[band][key] {
				seen[i] = true
			}
			buckets[band][key] = append(buckets[band][key], j)
		}
		candidates += len(seen)
	}
	return candidates
}

func BenchmarkMapMinHashLSH(b *testing.B) {
	texts, s := corpusOf1e5(b).texts[:10_000], usualSigner(b)
	b.ReportAllocs()
	for b.Loop() {
		b.ReportMetric(float64(mapMinHash(s, texts)), "candidates")
	}
}

func BenchmarkSameTexts(b *testing.B) {
	texts, s := corpusOf1e5(b).texts[:10_000], usualSigner(b)
	b.ReportAllocs()
	for b.Loop() {
		keys, _ := signAll(b, s, texts, 1)
		_, candidates := join(s, texts, keys, 0.8)
		b.ReportMetric(float64(candidates), "candidates")
	}
}

func BenchmarkAllPairs(b *testing.B) {
	texts := corpusOf1e5(b).texts[:500]
	b.ReportAllocs()
	for b.Loop() {
		b.ReportMetric(float64(len(naivePairs(texts, 0.8))), "pairs")
	}
}

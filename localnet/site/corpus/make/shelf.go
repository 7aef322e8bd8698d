package main

import (
	"regexp"
	"strings"
)

// shelf finds the mail that resembles another most.
type shelf struct {
	ids   []string
	sizes []int
	on    map[string][]int // mails that hold three words in a row
}

func newShelf() *shelf { return &shelf{on: map[string][]int{}} }

var word = regexp.MustCompile(`[\pL\d]+`)

// triples are the distinct three words in a row of a mail.
func triples(m message) map[string]bool {
	words := word.FindAllString(strings.ToLower(m.Body), -1)
	out := map[string]bool{}
	for i := range max(len(words)-2, 0) {
		out[strings.Join(words[i:i+3], " ")] = true
	}
	return out
}

func (s *shelf) add(m message) {
	set := triples(m)
	for t := range set {
		s.on[t] = append(s.on[t], len(s.ids))
	}
	s.ids, s.sizes = append(s.ids, m.ID), append(s.sizes, len(set))
}

// nearest gives the mail on the shelf with the largest likeness: the triples in
// both, of those in either (Jaccard's index). Of equals it is the first.
func (s *shelf) nearest(m message) (id string, likeness float64) {
	set := triples(m)
	shared := make([]int, len(s.ids))
	for t := range set {
		for _, i := range s.on[t] {
			shared[i]++
		}
	}
	for i, n := range shared {
		if j := float64(n) / float64(max(len(set)+s.sizes[i]-n, 1)); j > likeness {
			id, likeness = s.ids[i], j
		}
	}
	return id, likeness
}

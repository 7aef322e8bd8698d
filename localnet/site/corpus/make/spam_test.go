package main

import (
	"fmt"
	"strings"
	"testing"
)

// Mails that resemble one another stand on one side, and repeats go.
func TestChooseSpam(t *testing.T) {
	var all []message
	for i := range 1200 {
		// Three in a row are of one kind: the second differs from the first in its last
		// words, and the third repeats it.
		var b strings.Builder
		for j := range 40 {
			fmt.Fprintf(&b, "kind%d%s%d ", i/3, map[bool]string{true: "x", false: "y"}[i%3 == 1 && j > 34], j)
		}
		all = append(all, message{ID: fmt.Sprintf("spam-%d", i), Body: b.String()})
	}
	kindOf := func(m message) string { return word.FindAllString(m.Body, -1)[0] }
	posted, train := chooseSpam(all)
	if len(posted) < spamPosted || len(posted)+len(train) != 800 || len(train) == 0 {
		t.Fatalf("%d posted, %d for training", len(posted), len(train))
	}
	sides, bodies := map[string]bool{}, map[string]bool{}
	for _, m := range posted {
		sides[kindOf(m)] = true
	}
	for _, m := range train {
		if sides[kindOf(m)] {
			t.Fatalf("%s resembles one that is posted", m.ID)
		}
	}
	for _, m := range append(posted, train...) {
		if bodies[m.Body] {
			t.Fatalf("%s is a repeat", m.ID)
		}
		bodies[m.Body] = true
	}
}

func TestSpreadKeepsShares(t *testing.T) {
	var mails, hams []message
	for i := range 200 {
		hams = append(hams, message{ID: string(rune('A' + i)), Topic: map[bool]string{true: "big", false: "small"}[i%4 > 0]})
	}
	for i := range 40 {
		mails = append(mails, message{ID: string(rune('A' + i))})
	}
	counts := map[string]int{}
	for _, m := range spread(mails, hams) {
		counts[m.Topic]++
	}
	if counts["big"] != 30 || counts["small"] != 10 || len(counts) != 2 {
		t.Errorf("%v", counts)
	}
}

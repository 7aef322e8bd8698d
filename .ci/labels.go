//go:build ignore

// Command labels checks what localnets told of their labels, given the files of their
// talk: they are never more than half a point below a plain majority of all answers, and
// above it in four of five runs.
//
//	go run .ci/labels.go run-1.talk run-2.talk
package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
)

var line = regexp.MustCompile(`(?m)^labels +spam: ([\d.]+) % right, of (\d+) posts whose truth no validator knew, by \S+\n +([\d.]+) % by a plain majority of all answers$`)

func main() {
	if err := check(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "labels:", err)
		os.Exit(1)
	}
}

func check(files []string) error {
	above := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		m := line.FindSubmatch(text)
		if m == nil {
			return fmt.Errorf("%s does not tell of its labels", file)
		}
		labels, _ := strconv.ParseFloat(string(m[1]), 64)
		majority, _ := strconv.ParseFloat(string(m[3]), 64)
		fmt.Printf("labels: %s %% of %s right, by a majority %s %%\n", m[1], m[2], m[3])
		if labels < majority-0.5 {
			return fmt.Errorf("%s: %.2f %% of the labels are right, and %.2f %% of the majority's", file, labels, majority)
		}
		if labels > majority {
			above++
		}
	}
	if 5*above < 4*len(files) {
		return fmt.Errorf("the labels are above the majority in %d of %d runs", above, len(files))
	}
	return nil
}

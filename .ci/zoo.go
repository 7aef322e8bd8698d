//go:build ignore

// Command zoo checks what "assay lab zoo --json" wrote: every adversary that is known has a
// row, none surely pays, fabricators earn at most half of honest pay, and honest miners are
// left alone. A quick zoo has wide intervals, so what counts here is their lower end; the
// command itself goes by the upper one. With the argument "recorded" and a number it checks what "assay lab simulate
// --json" wrote of recorded runs instead: at least so many votes, and all of them equal. It
// ends with 1 and all that is off.
//
//	go run .ci/zoo.go < zoo.json
//	go run .ci/zoo.go recorded 48 < recorded.json
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
)

// known are the adversaries that data subnets have met, by the names under which they are
// documented.
var known = []string{
	"sybil-copy", "fabricate", "fabricate-10", "fabricate-20", "fabricate-30", "hide-stratum", "steer", "grind", "pad-duplicates", "pad-bytes",
	"over-deliver", "unchecked-credit", "alternate", "whitewash", "unresolvable", "hoard-first", "milk", "stall", "refuse", "stale", "squat",
	"under-report", "abstain", "split-identity", "constant-label", "random-label", "collude-labels", "copy-label", "gold-leak", "counter", "equivocate",
	"replay", "wrong-key", "cross-answer", "flood", "oversize", "zip-bomb", "slowloris", "ssrf", "weight-copy", "lazy-validator", "cabal",
}

// paysAbove is the upper bound of a ratio above which an adversary pays, half that which no
// fabricator of a tenth or more may reach.
const (
	paysAbove = 1.02
	half      = 0.5
)

type row struct {
	Name     string   `json:"name"`
	Ratio    *float64 `json:"ratio"`
	Lower    *float64 `json:"lower"`
	Upper    *float64 `json:"upper"`
	Pays     *bool    `json:"pays"`
	Settings string   `json:"settings"`
}

type honest struct {
	Valid float64 `json:"valid"`
	Noise float64 `json:"noise"`
	Rate  float64 `json:"rate"`
	Runs  int     `json:"runs"`
}

type zoo struct {
	Adversaries []row `json:"adversaries"`
	Honest      struct {
		Rate  *float64 `json:"rate"`
		Upper *float64 `json:"upper"`
		At    []honest `json:"at"`
	} `json:"honest_false_flag"`
	Fetches *float64 `json:"fetches_per_miner_day"`
}

func main() {
	var err error
	switch args := os.Args[1:]; {
	case len(args) == 0:
		err = checkZoo(os.Stdin)
	case len(args) == 2 && args[0] == "recorded":
		err = checkRecorded(args[1], os.Stdin)
	default:
		err = errors.New("want no arguments, or recorded and the number of votes")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "zoo:", err)
		os.Exit(1)
	}
}

func checkZoo(in io.Reader) error {
	var z zoo
	if err := json.NewDecoder(in).Decode(&z); err != nil {
		return err
	}
	var wrong []error
	for _, name := range known {
		if !slices.ContainsFunc(z.Adversaries, func(r row) bool { return r.Name == name }) {
			wrong = append(wrong, fmt.Errorf("%s has no row", name))
		}
	}
	worst := row{}
	for _, r := range z.Adversaries {
		if err := checkRow(r); err != nil {
			wrong = append(wrong, fmt.Errorf("%s (%s): %w", r.Name, r.Settings, err))
		} else if worst.Upper == nil || *r.Upper > *worst.Upper {
			worst = r
		}
	}
	wrong = append(wrong, checkHonest(z)...)
	if z.Fetches == nil || *z.Fetches <= 0 {
		wrong = append(wrong, errors.New("no pages are fetched"))
	}
	if err := errors.Join(wrong...); err != nil {
		return err
	}
	fmt.Printf("zoo: %d adversaries, of which the best paid is %s (%s) with %.3f, at most %.3f\n", len(z.Adversaries), worst.Name, worst.Settings, *worst.Ratio, *worst.Upper)
	return nil
}

func checkRow(r row) error {
	switch {
	case r.Ratio == nil || r.Lower == nil || r.Upper == nil || r.Pays == nil:
		return errors.New("ratio, lower, upper or pays is missing or null")
	case !(*r.Lower <= *r.Ratio && *r.Ratio <= *r.Upper):
		return fmt.Errorf("%v to %v is no interval around %v", *r.Lower, *r.Upper, *r.Ratio)
	case *r.Pays != (*r.Upper > paysAbove):
		return fmt.Errorf("pays is %t at an upper bound of %.3f", *r.Pays, *r.Upper)
	case slices.Contains([]string{"fabricate-10", "fabricate-20", "fabricate-30"}, r.Name) && *r.Upper > half:
		return fmt.Errorf("it earns up to %.3f of honest pay, want at most %.1f", *r.Upper, half)
	case *r.Lower > paysAbove:
		return fmt.Errorf("it pays: %.3f of honest pay, %.3f to %.3f", *r.Ratio, *r.Lower, *r.Upper)
	}
	return nil
}

// checkHonest wants at most 1 % of honest miners of 99 % accused, and at most 5 % of the
// others that are tried.
func checkHonest(z zoo) (wrong []error) {
	if z.Honest.Rate == nil || z.Honest.Upper == nil || len(z.Honest.At) < 3 {
		return []error{errors.New("nothing is told of honest miners that are taken for liars")}
	}
	for _, h := range z.Honest.At {
		most := 0.05
		if h.Valid == 0.99 {
			most = 0.01
		}
		if h.Runs == 0 || h.Rate > most {
			wrong = append(wrong, fmt.Errorf("of %d honest miners of %.2f at a noise of %.2f a share of %.3f is accused, want at most %.2f", h.Runs, h.Valid, h.Noise, h.Rate, most))
		}
	}
	return wrong
}

func checkRecorded(least string, in io.Reader) error {
	want, err := strconv.Atoi(least)
	if err != nil {
		return err
	}
	var got struct {
		Votes int `json:"votes"`
		Equal int `json:"equal"`
	}
	if err := json.NewDecoder(in).Decode(&got); err != nil {
		return err
	}
	if got.Votes < want || got.Equal != got.Votes {
		return fmt.Errorf("%d recorded votes, of which %d come out the same; want at least %d and all", got.Votes, got.Equal, want)
	}
	fmt.Printf("zoo: %d recorded votes, all of them the same when simulated\n", got.Votes)
	return nil
}

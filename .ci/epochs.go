//go:build ignore

// Command epochs checks what "assay localnet --json" wrote: as many epochs as were
// asked for, one object a line, of exactly the documented form, and honest work paid
// above cheating at the end. It ends with 1 and a sentence when something is off.
//
//	go run .ci/epochs.go 3 < epochs.json
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

type epoch struct {
	Epoch   *uint64  `json:"epoch"`
	Block   *uint64  `json:"block"`
	Neurons []neuron `json:"neurons"`
}

type neuron struct {
	UID            *uint16   `json:"uid"`
	Hotkey         string    `json:"hotkey"`
	Role           string    `json:"role"`
	Profile        string    `json:"profile"`
	Stake          *uint64   `json:"stake"`
	ValidatorTrust *float64  `json:"validator_trust"`
	Consensus      *float64  `json:"consensus"`
	Incentive      *float64  `json:"incentive"`
	Dividends      *float64  `json:"dividends"`
	Emission       *uint64   `json:"emission"`
	ValidShare     *share    `json:"valid_share"`
	Value          *float64  `json:"value"`
	Weight         *float64  `json:"weight"`
	Flags          *[]string `json:"flags"`
}

type share struct {
	Mean    float64 `json:"mean"`
	Lower   float64 `json:"lower"`
	Upper   float64 `json:"upper"`
	Checked uint64  `json:"checked"`
}

func main() {
	if err := check(os.Args[1:], os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "epochs:", err)
		os.Exit(1)
	}
}

func check(args []string, in io.Reader) error {
	if len(args) != 1 {
		return errors.New("want the number of epochs")
	}
	want, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	var last epoch
	count := 0
	for ; lines.Scan(); count++ {
		var e epoch
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.DisallowUnknownFields()
		if err := d.Decode(&e); err != nil {
			return fmt.Errorf("line %d: %w", count+1, err)
		}
		if err := checkEpoch(e); err != nil {
			return fmt.Errorf("line %d: %w", count+1, err)
		}
		if count > 0 && (*e.Epoch <= *last.Epoch || *e.Block <= *last.Block) {
			return fmt.Errorf("line %d: epoch %d at block %d comes after epoch %d at block %d", count+1, *e.Epoch, *e.Block, *last.Epoch, *last.Block)
		}
		last = e
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if count != want {
		return fmt.Errorf("%d epochs, want %d", count, want)
	}
	return checkLast(last, want)
}

func checkEpoch(e epoch) error {
	if e.Epoch == nil || e.Block == nil {
		return errors.New("no epoch or no block")
	}
	profiles := []string{
		"copy", "fabricate", "honest-1", "honest-2", "honest-3", "honest-4", "honest-5", "honest-6", "honest-7",
		"label-coin", "label-collude-1", "label-collude-2", "label-constant", "label-copy", "stall",
	}
	var seen []string
	validators := 0
	for _, n := range e.Neurons {
		if err := checkNeuron(n); err != nil {
			return fmt.Errorf("neuron %q: %w", n.Profile, err)
		}
		if n.Role == "miner" {
			seen = append(seen, n.Profile)
		} else {
			validators++
		}
	}
	for _, p := range seen {
		if !slices.Contains(profiles, p) {
			return fmt.Errorf("a miner is called %q", p)
		}
	}
	if validators != 3 || len(seen) < len(profiles)-1 {
		return fmt.Errorf("%d validators and the miners %v", validators, seen)
	}
	return nil
}

func checkNeuron(n neuron) error {
	if n.UID == nil || n.Stake == nil || n.Emission == nil {
		return errors.New("uid, stake or emission is missing")
	}
	if !regexp.MustCompile("^0x[0-9a-f]{64}$").MatchString(n.Hotkey) {
		return fmt.Errorf("hotkey %q", n.Hotkey)
	}
	for _, x := range []*float64{n.ValidatorTrust, n.Consensus, n.Incentive, n.Dividends} {
		if x == nil || *x < 0 || *x > 1 {
			return errors.New("a share is missing or outside 0..1")
		}
	}
	scored := n.ValidShare != nil && n.Value != nil && n.Weight != nil && n.Flags != nil
	unscored := n.ValidShare == nil && n.Value == nil && n.Weight == nil && n.Flags == nil
	if n.Role == "miner" && !scored || n.Role == "validator" && !unscored || n.Role != "miner" && n.Role != "validator" {
		return fmt.Errorf("role %q with a score that does not fit it", n.Role)
	}
	if s := n.ValidShare; s != nil && !(0 <= s.Lower && s.Lower <= s.Mean && s.Mean <= s.Upper && s.Upper <= 1) {
		return fmt.Errorf("valid share %+v is not an interval around its mean", *s)
	}
	return nil
}

// labelled is after how many epochs those who only label are known well enough to be paid.
const labelled = 12

// checkLast looks at the last epoch: every honest miner that collects earns more than
// every adversary, and none is flagged; the fabricator, the staller and those who label
// without looking get less than a tenth of the honest median, the copier less than a
// quarter of what it copies. Who only labels, honestly, is paid after some epochs.
func checkLast(e epoch, epochs int) error {
	pay := map[string]float64{}
	var honest, collect []float64
	for _, n := range e.Neurons {
		if n.Role != "miner" {
			continue
		}
		pay[n.Profile] = *n.Incentive
		if strings.HasPrefix(n.Profile, "honest-") {
			honest = append(honest, *n.Incentive)
			if n.Profile <= "honest-5" {
				collect = append(collect, *n.Incentive)
			} else if *n.Incentive == 0 && epochs >= labelled {
				return fmt.Errorf("%s is paid nothing after %d epochs", n.Profile, epochs)
			}
			if len(*n.Flags) > 0 {
				return fmt.Errorf("%s is flagged %v", n.Profile, *n.Flags)
			}
		}
	}
	if len(honest) != 7 || len(pay) != 15 {
		return fmt.Errorf("%d miners, of them %d honest", len(pay), len(honest))
	}
	slices.Sort(honest)
	slices.Sort(collect)
	tenth := honest[3] / 10
	limits := map[string]float64{
		"fabricate": tenth, "stall": tenth, "copy": pay["honest-1"] / 4,
		"label-constant": tenth, "label-coin": tenth, "label-copy": tenth, "label-collude-1": tenth, "label-collude-2": tenth,
	}
	for name, most := range limits {
		if pay[name] >= most || pay[name] >= collect[0] {
			return fmt.Errorf("%s has incentive %.4f, want less than %.4f and than any of the honest miners' %.4f", name, pay[name], most, collect)
		}
	}
	return nil
}

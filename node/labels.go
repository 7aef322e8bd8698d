package node

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/tabular"
)

// Bounds of a file of gold.
const (
	maxGoldBytes = 64 << 20
	maxGoldRows  = 250_000
)

// labels is what a validator has of its own for labelling programs.
type labels struct {
	gold  map[string]map[item.Hash]string // program, content id: truth
	items map[string][]*item.Item         // program: what its tasks show
}

// loadLabels reads the gold and the items that the settings name, and tells what there
// is of them.
func loadLabels(cfg *config.Validator, r rules, log *slog.Logger) (labels, error) {
	gold, err := loadGold(cfg, r)
	if err != nil {
		return labels{}, err
	}
	items, err := loadLabelItems(cfg, r)
	if err != nil {
		return labels{}, err
	}
	warnOpenGold(cfg, log)
	for _, p := range r.programs {
		if !p.Judges() {
			continue
		}
		log.Info("labelling program", "program", p.Name, "gold", len(gold[p.Name]), "items", len(items[p.Name]))
		if p.Labelling.Gold > 0 && len(gold[p.Name]) == 0 {
			log.Warn("no gold: this validator cannot examine the program's raters; name a file with --label.gold", "program", p.Name)
		}
		if lost := strangers(gold[p.Name], items[p.Name]); p.Items.File != "" && lost > 0 {
			log.Warn("gold of items that the program's file does not have is never asked", "program", p.Name, "file", p.Items.File, "truths", lost)
		}
	}
	return labels{gold, items}, nil
}

// strangers is how many truths are of other items.
func strangers(truths map[item.Hash]string, items []*item.Item) int {
	known := 0
	for _, it := range items {
		if _, ok := truths[it.ID()]; ok {
			known++
		}
	}
	return len(truths) - known
}

// CheckLabels gives what is wrong with the files that a validator's settings name for
// labelling programs, each an *InvalidError; nothing while there are mistakes in the
// programs, which CheckRules gives.
func CheckLabels(cfg *config.Validator) []error {
	r, err := loadRules(cfg.Subnet)
	if err != nil {
		return nil
	}
	var errs []error
	if _, err := loadGold(cfg, r); err != nil {
		errs = append(errs, err)
	}
	if _, err := loadLabelItems(cfg, r); err != nil {
		errs = append(errs, err)
	}
	return errs
}

// loadGold reads the files of label.gold.
func loadGold(cfg *config.Validator, r rules) (map[string]map[item.Hash]string, error) {
	out := map[string]map[item.Hash]string{}
	for _, value := range cfg.Label.Gold {
		name, path, _ := config.GoldFile(value)
		p := r.byName(name)
		switch {
		case p == nil || !p.Judges():
			return nil, &InvalidError{"label.gold", fmt.Errorf("%s: %q is no labelling program of this subnet, which has %s", path, name, r.judging())}
		case p.Judged() != 1:
			return nil, &InvalidError{"label.gold", fmt.Errorf("%s: the program %q compares pairs, for which there is no gold; its raters are examined in the program %q", path, name, p.ExamProgram())}
		case p.Labelling.Gold == 0:
			return nil, &InvalidError{"label.gold", fmt.Errorf("%s: the program %q asks no gold; leave the file out, or set labelling.gold in the program", path, name)}
		}
		truths, err := readGold(path, p)
		if err != nil {
			return nil, err
		}
		out[name] = truths
	}
	return out, nil
}

// readGold reads a CSV file with the header id,truth.
func readGold(path string, p *program.Program) (map[item.Hash]string, error) {
	f, err := openBounded(path, maxGoldBytes)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := tabular.NewReader(f, path, []string{"id", "truth"}, nil)
	if err != nil {
		return nil, invalidRow(path, err)
	}
	truths := map[item.Hash]string{}
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, invalidRow(path, err)
		}
		if err := addTruth(truths, row[0], row[1], p); err != nil {
			return nil, &InvalidError{path, fmt.Errorf("line %d: %w", rows.Line(), err)}
		}
	}
	different := map[string]bool{}
	for _, truth := range truths {
		different[truth] = true
	}
	switch len(different) {
	case 0:
		return nil, &InvalidError{path, errors.New("it has no truths below its header")}
	case 1:
		return nil, &InvalidError{path, errors.New("all its truths are the same, so nobody's skill could be told from chance; write truths with other answers too")}
	}
	return truths, nil
}

// addTruth takes in a row. The truth is copied, for it would hold its whole row.
func addTruth(truths map[item.Hash]string, idText, truth string, p *program.Program) error {
	var id item.Hash
	if err := id.UnmarshalText([]byte(idText)); err != nil {
		return fmt.Errorf("id %.80q: want a content id of 0x and 64 hex digits; assay programs ids lists those of a file or a record", idText)
	}
	if err := p.Answers.Check(truth); err != nil {
		return fmt.Errorf("truth: %w", err)
	}
	if _, twice := truths[id]; twice {
		return fmt.Errorf("id %s stands twice", id)
	}
	if len(truths) == maxGoldRows {
		return fmt.Errorf("more than %d truths", maxGoldRows)
	}
	truths[id] = strings.Clone(truth)
	return nil
}

// warnOpenGold tells of gold files that others can read: who knows the truths passes
// every exam.
func warnOpenGold(cfg *config.Validator, log *slog.Logger) {
	for _, value := range cfg.Label.Gold {
		_, path, _ := config.GoldFile(value)
		info, err := os.Stat(path)
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			log.Warn("others can read the gold, and whoever knows it passes every exam: chmod 600 it", "file", path, "mode", fmt.Sprintf("%04o", info.Mode().Perm()))
		}
	}
}

package config

import (
	"fmt"
	"strings"
)

// Label is what a validator has of its own for labelling programs.
type Label struct {
	// Gold are PROGRAM=FILE; see GoldFile.
	Gold  []string `key:"label.gold" help:"PROGRAM=FILE: truths of a labelling program's items, a CSV file with the header id,truth; private, so mode 0600" form:"gold"`
	Items string   `key:"label.items" help:"folder with the JSON Lines files that labelling programs name in items.file"`
}

// GoldFile is a value of label.gold: the program's name, and the file with the truths.
func GoldFile(value string) (program, path string, ok bool) {
	program, path, ok = strings.Cut(value, "=")
	return program, path, ok && program != "" && path != ""
}

func formGold(text string) error {
	if _, _, ok := GoldFile(text); !ok {
		return fmt.Errorf("%q is not a program and its file, write spam=/path/to/gold.csv", text)
	}
	return nil
}

// complete refuses a second file for one program: truths stand in one place.
func (l *Label) complete(t *Table, p *Problems) {
	seen := map[string]bool{}
	for _, value := range l.Gold {
		program, _, _ := GoldFile(value)
		if seen[program] {
			p.at(t.byKey["label.gold"].Source, "two files for the program %q; put the truths into one", program)
		}
		seen[program] = true
	}
}

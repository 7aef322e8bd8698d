package node

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/source"
	"github.com/assaynet/assay/tabular"
)

// Bounds of a file of items.
const (
	maxItemsBytes = 256 << 20
	maxItems      = 100_000
)

// loadLabelItems reads the files that labelling programs name in items.file.
func loadLabelItems(cfg *config.Validator, r rules) (map[string][]*item.Item, error) {
	out := map[string][]*item.Item{}
	for _, p := range r.programs {
		if p.Items.File == "" {
			continue
		}
		if cfg.Label.Items == "" {
			return nil, &InvalidError{"label.items", fmt.Errorf("must be given: the program %q shows the records of %s, a file in that folder", p.Name, p.Items.File)}
		}
		path := filepath.Join(cfg.Label.Items, p.Items.File)
		items, err := suitable(path, p)
		if err != nil {
			return nil, err
		}
		out[p.Name] = items
	}
	return out, nil
}

// suitable are the records of a file that are not too large for a program.
func suitable(path string, p *program.Program) ([]*item.Item, error) {
	all, err := ReadItems(path)
	if err != nil {
		return nil, err
	}
	var out []*item.Item
	for _, it := range all {
		encoded, err := it.Encode()
		if err == nil && len(encoded) <= p.Items.MaxBytes {
			out = append(out, it)
		}
	}
	least := 1
	if p.Judged() == 2 {
		least = 3
	}
	if len(out) < least {
		return nil, &InvalidError{path, fmt.Errorf("%d of its %d records have at most items.max_bytes = %d bytes, want at least %d", len(out), len(all), p.Items.MaxBytes, least)}
	}
	return out, nil
}

// ReadItems reads a file of records in the form that miners take in: JSON Lines, each
// record once. What is wrong is an *InvalidError.
func ReadItems(path string) ([]*item.Item, error) {
	f, err := openBounded(path, maxItemsBytes)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := tabular.NewLines(f, path, source.MaxLine)
	var items []*item.Item
	seen := map[item.Hash]int{}
	for n := 1; ; n++ {
		text, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return items, nil
		}
		if err != nil {
			return nil, invalidRow(path, err)
		}
		if strings.TrimSpace(string(text)) == "" {
			continue
		}
		it, err := itemOf(text)
		if err == nil && seen[it.ID()] > 0 {
			err = fmt.Errorf("the record of line %d again", seen[it.ID()])
		}
		if err == nil && len(items) == maxItems {
			err = fmt.Errorf("more than %d records", maxItems)
		}
		if err != nil {
			return nil, &InvalidError{path, fmt.Errorf("line %d: %w", n, err)}
		}
		seen[it.ID()] = n
		items = append(items, it)
	}
}

// itemOf is the item of a line, of which an answer can show all.
func itemOf(text []byte) (*item.Item, error) {
	r, err := source.DecodeLine(text)
	if err != nil {
		return nil, err
	}
	it, err := r.Item()
	if err != nil {
		return nil, err
	}
	_, err = it.Encode()
	return it, err
}

// openBounded opens a file that is no longer than it may be. It looks before it opens,
// for the opening of a pipe waits for its writer.
func openBounded(path string, limit int64) (*os.File, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, &InvalidError{path, pathless(err)}
	case !info.Mode().IsRegular():
		return nil, &InvalidError{path, errors.New("it is not a plain file")}
	case info.Size() > limit:
		return nil, &InvalidError{path, fmt.Errorf("the file has more than %d bytes, which is the most allowed", limit)}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &InvalidError{path, pathless(err)}
	}
	return f, nil
}

// invalidRow is what a reader of rows or lines found in a file.
func invalidRow(path string, err error) error {
	e, ok := errors.AsType[*tabular.Error](err)
	switch {
	case !ok:
		return &InvalidError{path, err}
	case e.Line == 0:
		return &InvalidError{path, errors.New(e.What)}
	}
	return &InvalidError{path, fmt.Errorf("line %d: %s", e.Line, e.What)}
}

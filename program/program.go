// Package program reads program files. A program declares one data product: what
// kind of item, from which sources, in which demand cells, with which checks. A
// new data product is a new file, not new code.
package program

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/assaynet/assay/item"
)

// MaxCells is how many demand cells a program may have: sources times labels.
const MaxCells = 32

// Program is a decoded, checked program file.
type Program struct {
	Name    string `yaml:"name"`
	About   string `yaml:"about"`
	Kind    string `yaml:"kind"`
	Task    string `yaml:"task"`
	Licence string `yaml:"licence"`
	// Of a program that collects.
	Sources []Source `yaml:"sources,omitempty"`
	Labels  []string `yaml:"labels,omitempty"`
	Value   Value    `yaml:"value,omitempty"`
	Schema  Schema   `yaml:"schema,omitempty"`
	Checks  Checks   `yaml:"checks,omitempty"`

	// Of a program that labels.
	Question   string    `yaml:"question,omitempty"`
	Guidelines string    `yaml:"guidelines,omitempty"` // Markdown
	Answers    Answers   `yaml:"answers,omitempty"`
	Items      Items     `yaml:"items,omitempty"`
	Labelling  Labelling `yaml:"labelling,omitempty"`

	id     [8]byte
	demand []float64 // per cell
}

// Source is a place that items may come from.
type Source struct {
	Name  string   `yaml:"name"`
	Hosts []string `yaml:"hosts"` // host or host:port, as in a canonical URI
}

// Value says what the network pays for.
type Value struct {
	// Demand gives cells a weight other than 1.
	Demand []Demand `yaml:"demand"`
	// HalfLife is the age at which an item is worth half of a new one.
	HalfLife time.Duration `yaml:"half_life"`
	// MaxAge is the age from which it is worth nothing.
	MaxAge time.Duration `yaml:"max_age"`
	// HalfBytes is the network-wide amount, in canonical bytes, at which a cell
	// pays half of its demand; see scoring.
	HalfBytes uint64 `yaml:"half_bytes"`
	// Span is the width of a bucket in source time.
	Span time.Duration `yaml:"span"`
}

// unset reports whether nothing is stated.
func (v Value) unset() bool {
	return len(v.Demand) == 0 && v.HalfLife == 0 && v.MaxAge == 0 && v.HalfBytes == 0 && v.Span == 0
}

// Demand is the weight of a cell.
type Demand struct {
	Source string  `yaml:"source"`
	Label  string  `yaml:"label"`
	Weight float64 `yaml:"weight"`
}

// Schema bounds the text fields of a record, in characters.
type Schema struct {
	TitleMax int  `yaml:"title_max"`
	BodyMin  int  `yaml:"body_min"`
	BodyMax  int  `yaml:"body_max"`
	Author   bool `yaml:"author"` // must not be empty
}

// Checks says how often the product is sampled.
type Checks struct {
	// Draws is how many items of each miner are drawn in a round.
	Draws int `yaml:"draws"`
	// Controls is how many known-good pages are fetched beside them per source.
	Controls int `yaml:"controls"`
	// Noise is the share of honest re-fetches expected to fail, before any
	// control has been seen. Controls replace it.
	Noise float64 `yaml:"noise"`
	// ClockSkew is how far ahead of the block's time a source time may be.
	ClockSkew time.Duration `yaml:"clock_skew"`
}

// ID names the program in the keys of an index: the first eight bytes of
// Sum("assay/program/v1", name).
func (p *Program) ID() [8]byte {
	if p.id != [8]byte{} {
		return p.id
	}
	return idOf(p.Name) // it was not decoded
}

func idOf(name string) [8]byte {
	h := item.Sum("assay/program/v1", []byte(name))
	return [8]byte(h[:8])
}

// CellCount is the number of demand cells; a program that labels has one.
func (p *Program) CellCount() int {
	if p.Judges() {
		return 1
	}
	return len(p.Sources) * len(p.Labels)
}

// CellName is "source/label" of a cell, or "labels".
func (p *Program) CellName(cell uint8) string {
	if int(cell) >= p.CellCount() {
		return fmt.Sprintf("cell %d", cell)
	}
	if p.Judges() {
		return "labels"
	}
	return p.Sources[int(cell)/len(p.Labels)].Name + "/" + p.Labels[int(cell)%len(p.Labels)]
}

// Demand is the weight of a cell: 1 unless the file gives another.
func (p *Program) Demand(cell uint8) float64 {
	if int(cell) >= len(p.demand) {
		return 0
	}
	return p.demand[cell]
}

// ErrOutside is an item that the program does not take.
var ErrOutside = errors.New("item is outside the program")

// Cell is the demand cell that an item belongs to by its source and label.
func (p *Program) Cell(it *item.Item) (uint8, error) {
	host, err := hostOf(it.URI)
	if err != nil {
		return 0, fmt.Errorf("%w: source URI: %w", ErrOutside, err)
	}
	source := slices.IndexFunc(p.Sources, func(s Source) bool { return slices.Contains(s.Hosts, host) })
	if source < 0 {
		return 0, fmt.Errorf("%w: host %q is not one of its sources", ErrOutside, host)
	}
	label := slices.Index(p.Labels, it.Label)
	if label < 0 {
		return 0, fmt.Errorf("%w: label %q is not one of its labels", ErrOutside, it.Label)
	}
	return uint8(source*len(p.Labels) + label), nil
}

// Bucket is where an item stands in an index: a pure function of the item and
// the program, so that equal items of two miners stand under equal keys.
func (p *Program) Bucket(it *item.Item) (item.Bucket, error) {
	b, _, err := p.Place(it)
	return b, err
}

// Place is the item's bucket, and the record that it holds, which is read for that; no
// record where the program labels.
func (p *Program) Place(it *item.Item) (b item.Bucket, r item.Record, err error) {
	if it.Kind.String() != p.Kind {
		return b, r, fmt.Errorf("%w: kind %s, want %s", ErrOutside, it.Kind, p.Kind)
	}
	if p.Judges() {
		b, err = p.judgementBucket(it)
		return b, r, err
	}
	cell, err := p.Cell(it)
	if err != nil {
		return b, r, err
	}
	if r, err = item.DecodeRecord(it.Canonical); err != nil {
		return b, r, fmt.Errorf("%w: %w", ErrOutside, err)
	}
	span := r.Time / int64(p.Value.Span/time.Second)
	if r.Time < 0 || span > 1<<32-1 {
		return b, r, fmt.Errorf("%w: source time %d", ErrOutside, r.Time)
	}
	return item.Bucket{Program: p.ID(), Cell: cell, Span: uint32(span)}, r, nil
}

// Key is the item's key in an index.
func (p *Program) Key(it *item.Item) (item.Key, error) {
	b, err := p.Bucket(it)
	if err != nil {
		return item.Key{}, err
	}
	return item.NewKey(b, it.ID()), nil
}

// Host is the host part of a URI, as Sources names it; empty when unreadable.
func Host(uri string) string {
	host, err := hostOf(uri)
	if err != nil {
		return ""
	}
	return host
}

// hostOf finds the host of a plain web address, as nearly all are, without making a
// url.URL of it.
func hostOf(uri string) (string, error) {
	for _, scheme := range []string{"https://", "http://"} {
		rest, ok := strings.CutPrefix(uri, scheme)
		if host, path, _ := strings.Cut(rest, "/"); ok && isPlain(host, ".-") && isPlain(path, "/._-") {
			return host, nil
		}
	}
	u, err := url.Parse(uri)
	if err != nil {
		return "", err
	}
	return u.Host, nil
}

// isPlain reports whether a text has only ASCII letters, digits and some signs.
func isPlain(s, signs string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case strings.IndexByte(signs, c) < 0:
			return false
		}
	}
	return true
}

// Rules is the digest of everything that scores depend on besides evidence: the
// parameters and the programs, as they were read.
func Rules(parameters []byte, programs [][]byte) item.Hash {
	parts := [][]byte{parameters, binary.BigEndian.AppendUint32(nil, uint32(len(programs)))}
	return item.Sum("assay/rules/v1", append(parts, programs...)...)
}

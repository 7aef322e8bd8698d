package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"unicode/utf8"
)

// Bounds of a run folder. A manifest holds its scenario, in which JSON may write a byte as
// six.
const (
	MaxScenarioBytes = 1 << 20
	MaxManifestBytes = 8 << 20
	MaxTables        = 256
	MaxRows          = 1 << 24 // of a table
)

const (
	manifestFile   = "manifest.json"
	manifestFormat = 1
)

var (
	tableName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	textName  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}\.(yaml|txt)$`)
	digestHex = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Manifest says what a run folder holds and what it follows from. Whoever creates a folder
// sets the fields from Command to Parameters and Programs; the others follow.
type Manifest struct {
	Format  int    `json:"format"`
	Command string `json:"command"`
	Version string `json:"version"` // of the software
	Seed    uint64 `json:"seed"`
	// Settings are the flags that the results follow from, and what else they follow from.
	Settings         map[string]string `json:"settings,omitempty"`
	Scenario         string            `json:"scenario,omitempty"` // its text
	ScenarioSHA256   string            `json:"scenario_sha256,omitempty"`
	Parameters       string            `json:"parameters,omitempty"` // the text of the parameter file
	ParametersSHA256 string            `json:"parameters_sha256,omitempty"`
	Programs         string            `json:"programs_sha256,omitempty"` // digest of the programs, in hex
	Tables           []Table           `json:"tables"`                    // in the order of their names
	Texts            []Text            `json:"texts,omitempty"`           // likewise
	Finished         bool              `json:"finished"`
}

// Table is a table of a run, in its two files.
type Table struct {
	Name    string   `json:"name"`
	Rows    int      `json:"rows"`
	Columns []Column `json:"columns"`
	Parquet File     `json:"parquet"`
	CSV     File     `json:"csv"`
}

// Text is a file of a run that is no table.
type Text struct {
	Name string `json:"name"`
	File
}

// Column is a column of a table; Type is int64, uint64, float64, string or bool.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// File is the size and the digest of a file.
type File struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

func digestOf(text string) string {
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// complete fills in what follows from the rest of a new manifest.
func (m Manifest) complete() Manifest {
	m.Format, m.Tables, m.Texts, m.Finished = manifestFormat, []Table{}, nil, false
	m.Settings = maps.Clone(m.Settings)
	m.ScenarioSHA256, m.ParametersSHA256 = digestOf(m.Scenario), digestOf(m.Parameters)
	return m
}

// check says what is wrong with a manifest, all of it.
func (m *Manifest) check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if m.Format != manifestFormat {
		bad("format %d, want %d: it was written by another version of the software", m.Format, manifestFormat)
	}
	if m.Command == "" || m.Version == "" {
		bad("command and version: both must be named")
	}
	if len(m.Scenario) > MaxScenarioBytes {
		bad("scenario: %d bytes, at most %d are allowed", len(m.Scenario), MaxScenarioBytes)
	}
	for _, text := range []string{m.Command, m.Version, m.Scenario, m.Parameters} {
		if !utf8.ValidString(text) {
			bad("a text is not UTF-8: %.40q", text)
		}
	}
	if m.ScenarioSHA256 != digestOf(m.Scenario) {
		bad("scenario_sha256 is not the digest of scenario")
	}
	if m.ParametersSHA256 != digestOf(m.Parameters) {
		bad("parameters_sha256 is not the digest of parameters")
	}
	if m.Programs != "" && !digestHex.MatchString(m.Programs) {
		bad("programs_sha256: %.80q, want 64 digits of 0-9 and a-f", m.Programs)
	}
	if len(m.Tables) > MaxTables || len(m.Texts) > MaxTables {
		bad("%d tables and %d texts, at most %d of each are allowed", len(m.Tables), len(m.Texts), MaxTables)
		return errors.Join(errs...)
	}
	for _, t := range m.Texts {
		if !textName.MatchString(t.Name) || t.Bytes < 0 || t.Bytes > MaxScenarioBytes || !digestHex.MatchString(t.SHA256) {
			bad("text %.80q: want a name of a-z, 0-9 and _ that ends on .yaml or .txt, at most %d bytes and a SHA-256", t.Name, MaxScenarioBytes)
		}
	}
	for i, t := range m.Tables {
		if i > 0 && m.Tables[i-1].Name >= t.Name {
			bad("tables: %.80q does not follow %.80q: names are in order, each once", t.Name, m.Tables[i-1].Name)
		}
		errs = append(errs, t.check())
	}
	return errors.Join(errs...)
}

func (t *Table) check() error {
	switch {
	case !tableName.MatchString(t.Name):
		return fmt.Errorf("table %.80q: want a name of a-z, 0-9 and _, at most 64", t.Name)
	case t.Rows < 0 || t.Rows > MaxRows:
		return fmt.Errorf("table %s: %d rows, want 0 to %d", t.Name, t.Rows, MaxRows)
	case t.Parquet.Bytes < 0 || t.CSV.Bytes < 0:
		return fmt.Errorf("table %s: a file of less than 0 bytes", t.Name)
	case !digestHex.MatchString(t.Parquet.SHA256) || !digestHex.MatchString(t.CSV.SHA256):
		return fmt.Errorf("table %s: sha256: want 64 digits of 0-9 and a-f", t.Name)
	}
	return nil
}

// differences names what two runs do not have in common, as "what it is in m, what it is
// in other". Tables do not count.
func (m *Manifest) differences(other *Manifest) []string {
	var out []string
	plain := func(name, here, there string) {
		if here != there {
			out = append(out, fmt.Sprintf("its %s is %s, not %s", name, here, there))
		}
	}
	plain("command", m.Command, other.Command)
	plain("version", m.Version, other.Version)
	plain("seed", fmt.Sprint(m.Seed), fmt.Sprint(other.Seed))
	names := slices.Sorted(maps.Keys(m.Settings))
	for name := range other.Settings {
		if _, ok := m.Settings[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		plain(name, orUnset(m.Settings, name), orUnset(other.Settings, name))
	}
	digest := func(name, here, there string) {
		if here != there {
			out = append(out, fmt.Sprintf("its %s has the SHA-256 %s, not %s", name, brief(here), brief(there)))
		}
	}
	digest("scenario", m.ScenarioSHA256, other.ScenarioSHA256)
	digest("parameter file", m.ParametersSHA256, other.ParametersSHA256)
	digest("set of programs", m.Programs, other.Programs)
	return out
}

func orUnset(settings map[string]string, name string) string {
	if v, ok := settings[name]; ok {
		return fmt.Sprintf("%.80q", v)
	}
	return "not set"
}

func brief(digest string) string {
	if digest == "" {
		return "of nothing"
	}
	return digest[:min(16, len(digest))] + "…"
}

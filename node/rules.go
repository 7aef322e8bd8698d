package node

import (
	"fmt"
	"os"

	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/scoring"
)

// rules is what all nodes of a subnet must hold alike, as it was read.
type rules struct {
	programs []*program.Program
	texts    [][]byte
	params   []byte
}

// InvalidError is a program or parameter file that cannot be worked with.
type InvalidError struct {
	Path string
	Err  error
}

// Error names the file and what is wrong with it.
func (e *InvalidError) Error() string { return e.Path + ": " + e.Err.Error() }

// Unwrap gives the cause.
func (e *InvalidError) Unwrap() error { return e.Err }

// loadRules reads the program files and the parameters that a subnet is
// configured with; those within the binary where none is named.
func loadRules(s config.Subnet) (rules, error) {
	r := rules{params: scoring.DefaultParameters()}
	if s.Parameters != "" {
		text, err := readBounded(s.Parameters, scoring.MaxParameterBytes)
		if err != nil {
			return r, fmt.Errorf("read parameters: %w", err)
		}
		if _, err := scoring.DecodeParameters(text); err != nil {
			return r, &InvalidError{s.Parameters, err}
		}
		r.params = text
	}
	for _, path := range s.Programs {
		text, err := readBounded(path, program.MaxBytes)
		if err != nil {
			return r, fmt.Errorf("read program: %w", err)
		}
		if err := r.add(path, text); err != nil {
			return r, err
		}
	}
	if len(r.programs) == 0 {
		text, err := programs.Files.ReadFile("forum.yaml")
		if err != nil {
			return r, fmt.Errorf("read the program within the binary: %w", err)
		}
		return r, r.add("forum.yaml", text)
	}
	return r, nil
}

func (r *rules) add(path string, text []byte) error {
	p, err := program.Decode(text)
	if err != nil {
		return &InvalidError{path, err}
	}
	for _, q := range r.programs {
		if q.Name == p.Name {
			return &InvalidError{path, fmt.Errorf("a program %q is configured already", p.Name)}
		}
	}
	r.programs, r.texts = append(r.programs, p), append(r.texts, text)
	return nil
}

// hosts are those that the programs take items from.
func (r *rules) hosts() []string {
	var out []string
	for _, p := range r.programs {
		for _, s := range p.Sources {
			out = append(out, s.Hosts...)
		}
	}
	return out
}

func readBounded(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s has %d bytes, at most %d are allowed", path, info.Size(), limit)
	}
	return os.ReadFile(path)
}

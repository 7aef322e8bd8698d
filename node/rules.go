package node

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
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

// InvalidError is a program or parameter file that cannot be worked with: it is not
// there, cannot be read, or holds a mistake.
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
		text, err := readParameters(s.Parameters)
		if err != nil {
			return r, err
		}
		r.params = text
	}
	for _, path := range s.Programs {
		if err := r.read(path); err != nil {
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

// CheckRules reads what a node would be configured with and gives every mistake in
// the program files and the parameters, each an *InvalidError.
func CheckRules(s config.Subnet) []error {
	var errs []error
	if s.Parameters != "" {
		if _, err := readParameters(s.Parameters); err != nil {
			errs = append(errs, err)
		}
	}
	var r rules
	for _, path := range s.Programs {
		if err := r.read(path); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

func readParameters(path string) ([]byte, error) {
	text, err := readBounded(path, scoring.MaxParameterBytes)
	if err != nil {
		return nil, err
	}
	if _, err := scoring.DecodeParameters(text); err != nil {
		return nil, &InvalidError{path, err}
	}
	return text, nil
}

// read takes in a program file.
func (r *rules) read(path string) error {
	text, err := readBounded(path, program.MaxBytes)
	if err != nil {
		return err
	}
	return r.add(path, text)
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

// readBounded reads a file of rules that is no longer than it may be; what goes
// wrong is an *InvalidError.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &InvalidError{path, pathless(err)}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, &InvalidError{path, pathless(err)}
	}
	if int64(len(text)) > limit {
		return nil, &InvalidError{path, fmt.Errorf("the file has more than %d bytes, which is the most allowed", limit)}
	}
	return text, nil
}

// pathless drops the path from a file error, for InvalidError names it.
func pathless(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

package node

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

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
	for _, name := range named(s) {
		if err := r.read(name); err != nil {
			return r, err
		}
	}
	return r, errors.Join(r.together()...)
}

// named are the programs that the settings name, or the one without any.
func named(s config.Subnet) []string {
	if len(s.Programs) == 0 {
		return []string{"forum"}
	}
	return s.Programs
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
	for _, name := range named(s) {
		if err := r.read(name); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) == 0 { // else a program may only seem to be missing
		errs = r.together()
	}
	return errs
}

// together gives what is wrong between the programs.
func (r *rules) together() []error {
	var errs []error
	for _, err := range program.Together(r.programs) {
		errs = append(errs, &InvalidError{"--program", err})
	}
	return errs
}

func readParameters(path string) ([]byte, error) {
	text, err := readBounded(path, scoring.MaxParameterBytes)
	if err != nil {
		return nil, err
	}
	p, err := scoring.DecodeParameters(text)
	if err == nil && len(p.Without) > 0 {
		err = scoring.ErrWithout
	}
	if err != nil {
		return nil, &InvalidError{path, err}
	}
	return text, nil
}

// read takes in a program.
func (r *rules) read(name string) error {
	text, err := readProgram(name)
	if err != nil {
		return err
	}
	return r.add(name, text)
}

// ReadProgram reads one program as a node does: a file, or the program within the
// binary of a bare name. What goes wrong is an *InvalidError.
func ReadProgram(name string) (*program.Program, error) {
	var r rules
	if err := r.read(name); err != nil {
		return nil, err
	}
	return r.programs[0], nil
}

// readProgram is the text of a program within the binary, or of a file. A file whose
// name is that of a shipped program is named with its folder: ./forum.
func readProgram(name string) ([]byte, error) {
	if shipped, err := programs.Files.ReadFile(name + ".yaml"); err == nil {
		return shipped, nil
	}
	text, err := readBounded(name, program.MaxBytes)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(name, `/\.`) {
		return nil, &InvalidError{name, fmt.Errorf("neither a program within the binary, which are %s, nor a file", strings.Join(programs.Names(), ", "))}
	}
	return text, err
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

// byName is a program of the subnet; nil if there is none of this name.
func (r *rules) byName(name string) *program.Program {
	i := slices.IndexFunc(r.programs, func(p *program.Program) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return r.programs[i]
}

// judging lists the labelling programs, for a message.
func (r *rules) judging() string {
	var names []string
	for _, p := range r.programs {
		if p.Judges() {
			names = append(names, p.Name)
		}
	}
	return cmp.Or(strings.Join(names, ", "), "none")
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

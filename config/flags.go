package config

import (
	"errors"
	"strings"

	"github.com/spf13/pflag"
)

// flagValue records what stood on the command line. It never fails: all values
// are parsed together by Load, so that all problems are reported together.
type flagValue struct {
	setting *Setting
	name    string
	negate  bool // the --no- form
}

// String is the default, for the help text.
func (f *flagValue) String() string {
	if f.setting == nil || f.negate {
		return ""
	}
	return f.setting.Default
}

// Set records one value.
func (f *flagValue) Set(text string) error {
	r := f.setting.raw[FromFlag]
	if r == nil {
		r = &raw{source: Source{Origin: FromFlag, Name: "--" + f.name}}
		f.setting.raw[FromFlag] = r
	}
	switch {
	case f.negate && text == "true":
		r.texts = []string{"false"}
	case f.negate && text == "false":
		r.texts = []string{"true"}
	case f.setting.Many():
		r.texts = append(r.texts, splitList(text)...)
	default:
		r.texts = []string{text} // the last one counts, as everywhere
	}
	return nil
}

// Type is the word for the value in the help text.
func (f *flagValue) Type() string {
	switch {
	case f.setting == nil:
		return "value"
	case f.setting.Switch():
		return "bool"
	case f.setting.Many():
		return "list"
	}
	switch f.setting.field.Type().String() {
	case "uint16", "uint64", "float64":
		return "number"
	case "time.Duration":
		return "duration"
	case "netip.Addr":
		return "address"
	}
	return "string"
}

// Bind defines a flag for every setting, a --no- form for every boolean, and the
// aliases; the latter two work but are left out of the help.
func (t *Table) Bind(fs *pflag.FlagSet) {
	for _, s := range t.settings {
		define(fs, s, s.Key, false, false)
		for _, alias := range s.Aliases {
			define(fs, s, alias, false, true)
		}
		if s.Switch() {
			define(fs, s, "no-"+s.Key, true, true)
		}
	}
	fs.SortFlags = false
}

func define(fs *pflag.FlagSet, s *Setting, name string, negate, hidden bool) {
	f := fs.VarPF(&flagValue{setting: s, name: name, negate: negate}, name, "", s.usage())
	f.Hidden = hidden
	if s.Switch() {
		f.NoOptDefVal = "true"
	}
}

func (s *Setting) usage() string {
	if len(s.Allow) > 0 {
		return s.Help + " (" + strings.Join(s.Allow, "|") + ")"
	}
	return s.Help
}

// Unknown lists the flags in args that do not exist or lack their value, after a
// parse of fs has failed. The flags that do exist are recorded on the way, so that
// Load can report what is wrong with their values as well.
func (t *Table) Unknown(fs *pflag.FlagSet, args []string) Problems {
	var problems Problems
	for range args {
		for _, s := range t.settings {
			s.raw[FromFlag] = nil
		}
		err := fs.Parse(args)
		if err == nil || errors.Is(err, pflag.ErrHelp) {
			return problems
		}
		var name string
		var missing *pflag.ValueRequiredError
		var unknown *pflag.NotExistError
		switch {
		case errors.As(err, &missing):
			name = "--" + missing.GetSpecifiedName()
			problems.add(name, "needs a value")
		case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
			name = "--" + unknown.GetSpecifiedName()
			problems.add(name, "%s", t.unknown(unknown.GetSpecifiedName(), "--"))
		default:
			problems.add("flags", "%v", err)
			return problems
		}
		args = without(args, name)
	}
	return problems
}

// without is args less the flag name, and less its value when that stood apart.
func without(args []string, name string) []string {
	var out []string
	for i := 0; i < len(args); i++ {
		if args[i] == name {
			if i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
				i++
			}
			continue
		}
		if !strings.HasPrefix(args[i], name+"=") {
			out = append(out, args[i])
		}
	}
	return out
}

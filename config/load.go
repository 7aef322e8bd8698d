package config

import (
	"errors"
	"slices"
	"strings"
)

// Load fills the struct from the flags that were parsed, the environment (as
// os.Environ gives it) and the file named by --config or ASSAY_CONFIG. The error
// is Problems.
func (t *Table) Load(environ []string) error {
	problems := t.readEnv(environ)
	if t.file != nil {
		t.resolve(t.file, &problems)
		if t.path != "" {
			problems = slices.Concat(t.loadFile(t.path), problems)
		}
	}
	var values Problems
	for _, s := range t.settings {
		if s != t.file {
			t.resolve(s, &values)
		}
	}
	problems = append(problems, values...)
	t.complete(&problems, environ)
	if len(problems) == 0 {
		return nil
	}
	problems.sortByPlace()
	return problems
}

// loadFile reads the settings file and gives its problems.
func (t *Table) loadFile(path string) Problems {
	source, err := readFile(path)
	if err != nil {
		return Problems{{Where: t.file.Source.Name, Text: err.Error()}}
	}
	return t.readYAML(path, source)
}

// resolve parses every value given for the setting and puts the strongest in
// place. An overridden value must parse too: it will come back into force one day.
func (t *Table) resolve(s *Setting, problems *Problems) {
	for _, r := range s.raw {
		if r == nil {
			continue
		}
		v, err := s.parse(r.texts)
		if err != nil {
			text := err.Error()
			if r.source.Origin == FromFile {
				text = s.Key + ": " + text
			}
			problems.at(r.source, "%s", text)
			continue
		}
		s.field.Set(v)
		s.Source = r.source
	}
}

// complete runs the target's own checks, which concern several settings.
func (t *Table) complete(problems *Problems, environ []string) {
	if c, ok := t.target.(interface {
		complete(t *Table, env func(string) string, p *Problems)
	}); ok {
		c.complete(t, lookup(environ), problems)
	}
}

func lookup(environ []string) func(string) string {
	return func(name string) string {
		for _, kv := range environ {
			if v, ok := strings.CutPrefix(kv, name+"="); ok {
				return v
			}
		}
		return ""
	}
}

// readEnv fills the environment layer. An empty variable counts as unset, since
// that is how compose files pass on what they were not given. A variable with our
// prefix that no command knows is a problem; one of another command is not, for
// one environment may serve several.
func (t *Table) readEnv(environ []string) Problems {
	env := lookup(environ)
	for _, s := range t.settings {
		for _, name := range s.Env {
			if v := env(name); v != "" {
				texts := []string{v}
				if s.Many() {
					texts = splitList(v)
				}
				s.raw[FromEnv] = &raw{texts: texts, source: Source{Origin: FromEnv, Name: name}}
				break
			}
		}
	}
	var problems Problems
	known := everyVariable()
	for _, kv := range slices.Sorted(slices.Values(environ)) {
		name, value, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, envPrefix) && value != "" && !slices.Contains(known, name) {
			problems.add(name, "unknown variable%s", didYouMeanVariable(name, known))
		}
	}
	return problems
}

func didYouMeanVariable(name string, known []string) string {
	lower := make([]string, len(known))
	for i, k := range known {
		lower[i] = strings.ToLower(k)
	}
	if d := didYouMean(name, "", lower); d != "" {
		return ", did you mean " + strings.ToUpper(strings.TrimSuffix(strings.TrimPrefix(d, ", did you mean "), "?")) + "?"
	}
	return ""
}

// splitList splits a list on commas and drops the blanks around its parts.
func splitList(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// unknown says that a key does not exist, and which one may have been meant:
// one of this command, or the same one at another command.
func (t *Table) unknown(key, quote string) string {
	what := "unknown key"
	if quote == "--" {
		what = "unknown flag"
	}
	if key == "config" && t.file == nil {
		return what + ", " + t.command + " reads no settings file"
	}
	for _, role := range Roles() {
		if s := role.Table.byKey[key]; s != nil && s != role.Table.file && role.Table.command != t.command {
			return what + ", " + t.command + " does not have it, " + role.Table.command + " does"
		}
	}
	return what + didYouMean(key, quote, t.keys())
}

// everyVariable lists the environment variables of all commands.
func everyVariable() []string {
	var out []string
	for _, role := range Roles() {
		for _, s := range role.Table.settings {
			out = append(out, s.Env...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// IsProblem reports whether err is about settings, and so a matter of usage.
func IsProblem(err error) bool {
	var p Problems
	return errors.As(err, &p)
}

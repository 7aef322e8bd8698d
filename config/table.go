package config

import (
	"reflect"
	"slices"
	"strings"
)

// Origin is the kind of place that a value came from, weakest first.
type Origin int

// The places, in order of precedence.
const (
	FromDefault Origin = iota
	FromFile
	FromEnv
	FromFlag
)

// Source says where a value came from.
type Source struct {
	Origin Origin
	Name   string // file:line:column, the variable or the flag

	line, column int // in the file
}

// String names the place for an operator.
func (s Source) String() string {
	switch s.Origin {
	case FromFile:
		return "file " + s.Name
	case FromEnv:
		return "environment " + s.Name
	case FromFlag:
		return "flag " + s.Name
	default:
		return "default"
	}
}

// Setting is one named value of a command.
type Setting struct {
	Key     string
	Help    string
	Aliases []string // other spellings of the key in flags and files
	Env     []string // variables, strongest first
	Allow   []string // the only values allowed, if any
	Default string   // as text
	Source  Source   // of the value now in place

	form  string
	min   string
	max   string
	field reflect.Value
	raw   [FromFlag + 1]*raw
}

// raw is a value before it is parsed, and where it stood.
type raw struct {
	texts  []string
	source Source
}

// Text is the value now in place.
func (s *Setting) Text() string { return format(s.field) }

// Many reports whether the setting is a list.
func (s *Setting) Many() bool { return s.field.Kind() == reflect.Slice && s.field.Type() != bytesType }

// Switch reports whether the setting is a boolean.
func (s *Setting) Switch() bool { return s.field.Kind() == reflect.Bool }

// Table is the settings of one command, bound to the struct that they fill.
type Table struct {
	command  string
	target   any
	settings []*Setting
	byKey    map[string]*Setting // aliases included
	file     *Setting            // --config
	path     string
}

// envPrefix begins every environment variable of ours.
const envPrefix = "ASSAY_"

// New reads the settings out of target, a pointer to a struct that holds the
// defaults. Command is how messages call it, such as "assay miner".
func New(command string, target any) *Table {
	t := &Table{command: command, target: target, byKey: map[string]*Setting{}}
	t.collect(reflect.ValueOf(target).Elem())
	if _, ok := target.(interface{ readsFile() }); ok {
		t.file = t.enter(&Setting{Key: "config", Help: "read settings from this YAML `file`", field: reflect.ValueOf(&t.path).Elem()})
	}
	return t
}

// collect enters the tagged fields of a struct and of the structs within it.
func (t *Table) collect(v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key := f.Tag.Get("key")
		if key == "" {
			if f.Type.Kind() == reflect.Struct && f.IsExported() {
				t.collect(v.Field(i))
			}
			continue
		}
		s := &Setting{
			Key: key, Help: f.Tag.Get("help"), Aliases: split(f.Tag.Get("alias"), ","), Allow: split(f.Tag.Get("allow"), "|"),
			form: f.Tag.Get("form"), min: f.Tag.Get("min"), max: f.Tag.Get("max"), field: v.Field(i),
		}
		s.Env = split(f.Tag.Get("env"), ",")
		t.enter(s)
	}
}

func (t *Table) enter(s *Setting) *Setting {
	s.Env = append([]string{envName(s.Key)}, s.Env...)
	s.Default = format(s.field)
	t.settings = append(t.settings, s)
	for _, k := range append([]string{s.Key}, s.Aliases...) {
		t.byKey[k] = s
	}
	return s
}

// envName is the environment variable of a key.
func envName(key string) string {
	return envPrefix + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(key))
}

// Settings lists the settings in the order of the structs.
func (t *Table) Settings() []*Setting { return t.settings }

// Given reports whether a file, a variable or a flag gives the key a value.
func (t *Table) Given(key string) bool {
	s := t.byKey[key]
	return s != nil && slices.ContainsFunc(s.raw[:], func(r *raw) bool { return r != nil })
}

// failed reports whether none of the values given for the key could be read.
func (t *Table) failed(key string) bool {
	return t.Given(key) && t.byKey[key].Source.Origin == FromDefault
}

// keys lists every spelling that a file or a flag may use.
func (t *Table) keys() []string {
	var out []string
	for _, s := range t.settings {
		if s != t.file {
			out = append(append(out, s.Key), s.Aliases...)
		}
	}
	return out
}

func split(s, sep string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, sep)
}

// Package yamlfile reads settings that people write: one plain YAML document, strictly.
// An unknown key, a value of another form, an anchor or a second document is a mistake
// with its line and column, and all mistakes are reported together.
package yamlfile

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxBrackets bounds how many brackets are opened before the parser is tried: its
// time grows with the square of their depth.
const maxBrackets = 1024

// File is a file as it was read: its mistakes, and where each key stands.
type File struct {
	Body     ast.Node // nil where it could not be parsed
	Mistakes []Mistake
	what     string // the kind of file, for messages
	keys     map[string]place
}

type place struct{ line, column int }

// Bad notes a mistake about the key that the text begins with, as in "name: too long", or
// about the key in which that one stands.
func (r *File) Bad(format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	at := r.placeOf(what)
	r.Mistakes = append(r.Mistakes, Mistake{at.line, at.column, what})
}

// Err is nil where nothing is wrong, else an *Error of all mistakes.
func (r *File) Err() error {
	if len(r.Mistakes) == 0 {
		return nil
	}
	return &Error{What: r.what, Mistakes: r.Mistakes}
}

func (r *File) bad(at place, format string, args ...any) {
	r.Mistakes = append(r.Mistakes, Mistake{at.line, at.column, fmt.Sprintf(format, args...)})
}

// placeOf is where the key stands that a text begins with.
func (r *File) placeOf(what string) place {
	key := what
	if i := strings.IndexAny(key, ": "); i >= 0 {
		key = key[:i]
	}
	for key != "" {
		if at, ok := r.keys[key]; ok {
			return at
		}
		key = key[:max(0, strings.LastIndexAny(key, ".["))]
	}
	return place{}
}

// Read fills into, a pointer to a struct with yaml tags, from a file of a kind and of at
// most limit bytes. Where there are mistakes its content means nothing. The caller checks
// ranges and notes what is wrong by File.Bad.
func Read[T any](what string, source []byte, limit int, into *T) *File {
	r := &File{what: what, keys: map[string]place{}}
	switch {
	case len(source) > limit:
		r.bad(place{}, "%s has %d bytes, at most %d are allowed", what, len(source), limit)
	case len(bytes.TrimSpace(source)) == 0:
		r.bad(place{}, "%s is empty", what)
	case !utf8.Valid(source):
		r.bad(place{}, "%s is not UTF-8", what)
	case bytes.Count(source, []byte("["))+bytes.Count(source, []byte("{")) > maxBrackets:
		r.bad(place{}, "%s has more than %d opening brackets", what, maxBrackets)
	}
	if len(r.Mistakes) > 0 {
		return r
	}
	file, err := parser.ParseBytes(source, 0)
	if err != nil {
		r.syntax(err)
		return r
	}
	for i, doc := range file.Docs {
		if i > 0 && doc.Body != nil {
			r.bad(at(doc.Body), "a second document; a %s is one", what)
		}
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		r.bad(place{}, "%s is empty", what)
		return r
	}
	r.Body = file.Docs[0].Body
	r.value("", r.Body, reflect.TypeFor[T]())
	if len(r.Mistakes) > 0 {
		return r
	}
	if err := yaml.NodeToValue(r.Body, into, yaml.Strict()); err != nil {
		r.syntax(err)
	}
	return r
}

// syntax takes in an error of the YAML reader, without its excerpt of the file.
func (r *File) syntax(err error) {
	if e, ok := errors.AsType[yaml.Error](err); ok {
		r.bad(placeAt(e.GetToken()), "%s", e.GetMessage())
		return
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	r.bad(place{}, "%s is not YAML: %s", r.what, first)
}

// Text is the text of a key at the top of the file, however many mistakes it has.
func (r *File) Text(key string) (string, bool) {
	for _, pair := range pairs(r.Body) {
		if s, ok := pair.Value.(*ast.StringNode); ok && pair.Key.String() == key {
			return s.Value, true
		}
	}
	return "", false
}

func at(n ast.Node) place { return placeAt(n.GetToken()) }

func placeAt(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{}
	}
	return place{t.Position.Line, t.Position.Column}
}

func pairs(n ast.Node) []*ast.MappingValueNode {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}
	}
	return nil
}

// value checks that a node has the form of a type. What is left empty is unset.
func (r *File) value(key string, n ast.Node, want reflect.Type) {
	if _, empty := n.(*ast.NullNode); empty && key != "" && !strings.HasSuffix(key, "]") {
		return
	}
	switch {
	case want == reflect.TypeFor[time.Duration]():
		r.duration(key, n)
	case want.Kind() == reflect.Struct:
		r.mapping(key, n, want)
	case want.Kind() == reflect.Slice:
		r.list(key, n, want.Elem())
	case want.Kind() == reflect.Map:
		r.entries(key, n, want.Elem())
	case want.Kind() == reflect.String:
		r.text(key, n, "a text")
	case want.Kind() == reflect.Bool:
		if _, ok := n.(*ast.BoolNode); !ok {
			r.form(key, n, "true or false")
		}
	case want.Kind() == reflect.Float64:
		switch number := n.(type) {
		case *ast.FloatNode, *ast.IntegerNode, *ast.NanNode, *ast.InfinityNode: // the ranges come later
		case *ast.StringNode: // 1e-9 is a number, which the parser takes for a text for want of a point
			if number.Token.Type != token.StringType || !isNumber(number.Value) {
				r.form(key, n, "a number")
			}
		default:
			r.form(key, n, "a number")
		}
	default:
		whole := "a whole number"
		if want.Kind() >= reflect.Uint && want.Kind() <= reflect.Uint64 {
			whole += " of 0 or more"
		}
		if i, ok := n.(*ast.IntegerNode); !ok || !fits(i.Value, want) {
			r.form(key, n, whole)
		}
	}
}

// isNumber reports whether a text is a decimal number.
func isNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil && strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789+-.eE", r) }) < 0
}

// fits reports whether a parsed number is one of the type.
func fits(v any, want reflect.Type) bool {
	into := reflect.New(want).Elem()
	switch x := v.(type) {
	case int64:
		if into.CanUint() {
			return x >= 0 && !into.OverflowUint(uint64(x))
		}
		return into.CanInt() && !into.OverflowInt(x)
	case uint64:
		if into.CanUint() {
			return !into.OverflowUint(x)
		}
		return into.CanInt() && x <= math.MaxInt64 && !into.OverflowInt(int64(x))
	}
	return false
}

// form says that a value has another form than it must have.
func (r *File) form(key string, n ast.Node, want string) {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode, *ast.MappingKeyNode:
		r.bad(at(n), "%s: anchors, aliases, tags, merges and keys behind a question mark are not read; write it out", cmp.Or(key, "the file"))
	default:
		r.bad(at(n), "%s: want %s", cmp.Or(key, "the file"), want)
	}
}

func (r *File) text(key string, n ast.Node, want string) {
	switch s := n.(type) {
	case *ast.StringNode, *ast.LiteralNode:
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
		r.bad(at(n), "%s: want %s, and %s is none: put it into quotes if it is meant", key, want, s)
	default:
		r.form(key, n, want)
	}
}

func (r *File) duration(key string, n ast.Node) {
	const want = "a time such as 90s, 15m or 24h"
	s, ok := n.(*ast.StringNode)
	if !ok {
		r.form(key, n, want)
		return
	}
	if _, err := time.ParseDuration(s.Value); err != nil {
		r.bad(at(n), "%s: %q, want %s", key, shortened(s.Value), want)
	}
}

func (r *File) list(key string, n ast.Node, each reflect.Type) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		r.form(key, n, "a list")
		return
	}
	for i, v := range s.Values {
		path := fmt.Sprintf("%s[%d]", key, i)
		r.keys[path] = at(v)
		r.value(path, v, each)
	}
}

// entries checks a mapping whose keys are free.
func (r *File) entries(prefix string, n ast.Node, each reflect.Type) {
	given := pairs(n)
	if _, ok := n.(*ast.MappingNode); !ok && given == nil {
		r.form(prefix, n, "names and values")
		return
	}
	for _, pair := range given {
		key, ok := pair.Key.(*ast.StringNode)
		if !ok {
			r.form(prefix, pair.Key, "a plain key")
			continue
		}
		path := strings.TrimPrefix(prefix+"."+key.Value, ".")
		r.keys[path] = at(key)
		r.value(path, pair.Value, each)
	}
}

func (r *File) mapping(prefix string, n ast.Node, want reflect.Type) {
	fields := map[string]reflect.Type{}
	var names []string
	for f := range want.Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); name != "" && name != "-" {
			fields[name] = f.Type
			names = append(names, name)
		}
	}
	given := pairs(n)
	if _, ok := n.(*ast.MappingNode); !ok && given == nil {
		r.form(prefix, n, "keys and values, of "+strings.Join(names, ", "))
		return
	}
	for _, pair := range given {
		key, ok := pair.Key.(*ast.StringNode)
		if !ok {
			r.form(cmp.Or(prefix, "the file"), pair.Key, "a plain key")
			continue
		}
		path := strings.TrimPrefix(prefix+"."+key.Value, ".")
		r.keys[path] = at(key)
		if fields[key.Value] == nil {
			r.bad(at(key), "%s: unknown key, want one of %s", path, strings.Join(slices.Sorted(slices.Values(names)), ", "))
			continue
		}
		r.value(path, pair.Value, fields[key.Value])
	}
}

// shortened is a text as messages show it.
func shortened(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

package program

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
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

// reading walks the syntax of a program file against the type that it fills, and
// remembers where each key stands.
type reading struct {
	lines    map[string]int
	mistakes []Mistake
}

func (r *reading) bad(line int, format string, args ...any) {
	r.mistakes = append(r.mistakes, Mistake{line, fmt.Sprintf(format, args...)})
}

// lineOf is the line of the key that a text begins with, or of the key it stands in.
func (r *reading) lineOf(what string) int {
	key := what
	if i := strings.IndexAny(key, ": "); i >= 0 {
		key = key[:i]
	}
	for key != "" {
		if line, ok := r.lines[key]; ok {
			return line
		}
		key = key[:max(0, strings.LastIndexByte(key, '.'))]
	}
	return 0
}

// read fills p from a file of one YAML document.
func (r *reading) read(source []byte, p *Program) {
	switch {
	case len(source) > MaxBytes:
		r.bad(0, "program file has %d bytes, at most %d are allowed", len(source), MaxBytes)
	case len(bytes.TrimSpace(source)) == 0:
		r.bad(0, "program file is empty")
	case !utf8.Valid(source):
		r.bad(0, "program file is not UTF-8")
	case bytes.Count(source, []byte("["))+bytes.Count(source, []byte("{")) > maxBrackets:
		r.bad(0, "program file has more than %d opening brackets", maxBrackets)
	}
	if len(r.mistakes) > 0 {
		return
	}
	file, err := parser.ParseBytes(source, 0)
	if err != nil {
		r.syntax(err)
		return
	}
	for i, doc := range file.Docs {
		if i > 0 && doc.Body != nil {
			r.bad(line(doc.Body), "a second document; a program file is one")
		}
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		r.bad(0, "program file is empty")
		return
	}
	body := file.Docs[0].Body
	r.value("", body, reflect.TypeFor[Program]())
	if len(r.mistakes) > 0 {
		p.Name = nameOf(body)
		return
	}
	if err := yaml.NodeToValue(body, p, yaml.Strict()); err != nil {
		r.syntax(err)
	}
}

// syntax takes in an error of the YAML reader, without its excerpt of the file.
func (r *reading) syntax(err error) {
	if e, ok := errors.AsType[yaml.Error](err); ok {
		r.bad(lineAt(e.GetToken()), "%s", e.GetMessage())
		return
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	r.bad(0, "program file is not YAML: %s", first)
}

// nameOf is the program's name in a file that has mistakes.
func nameOf(body ast.Node) string {
	for _, pair := range pairs(body) {
		if s, ok := pair.Value.(*ast.StringNode); ok && pair.Key.String() == "name" && slug.MatchString(s.Value) {
			return s.Value
		}
	}
	return ""
}

func line(n ast.Node) int { return lineAt(n.GetToken()) }

func lineAt(t *token.Token) int {
	if t == nil || t.Position == nil {
		return 0
	}
	return t.Position.Line
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
func (r *reading) value(key string, n ast.Node, want reflect.Type) {
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
	case want.Kind() == reflect.String:
		r.text(key, n, "a text")
	case want.Kind() == reflect.Bool:
		if _, ok := n.(*ast.BoolNode); !ok {
			r.form(key, n, "true or false")
		}
	case want.Kind() == reflect.Float64:
		switch n.(type) {
		case *ast.FloatNode, *ast.IntegerNode, *ast.NanNode, *ast.InfinityNode: // the ranges come later
		default:
			r.form(key, n, "a number")
		}
	default:
		if _, ok := n.(*ast.IntegerNode); !ok {
			r.form(key, n, "a whole number")
		}
	}
}

// form says that a value has another form than it must have.
func (r *reading) form(key string, n ast.Node, want string) {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode, *ast.MappingKeyNode:
		r.bad(line(n), "%s: anchors, aliases, tags, merges and keys behind a question mark are not read; write it out", cmp.Or(key, "the file"))
	default:
		r.bad(line(n), "%s: want %s", cmp.Or(key, "the file"), want)
	}
}

func (r *reading) text(key string, n ast.Node, want string) {
	switch s := n.(type) {
	case *ast.StringNode, *ast.LiteralNode:
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
		r.bad(line(n), "%s: want %s, and %s is none: put it into quotes if it is meant", key, want, s)
	default:
		r.form(key, n, want)
	}
}

func (r *reading) duration(key string, n ast.Node) {
	const want = "a time such as 90s, 15m or 24h"
	s, ok := n.(*ast.StringNode)
	if !ok {
		r.form(key, n, want)
		return
	}
	if _, err := time.ParseDuration(s.Value); err != nil {
		r.bad(line(n), "%s: %q, want %s", key, shown(s.Value), want)
	}
}

func (r *reading) list(key string, n ast.Node, each reflect.Type) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		r.form(key, n, "a list")
		return
	}
	for i, v := range s.Values {
		r.value(fmt.Sprintf("%s[%d]", key, i), v, each)
	}
}

func (r *reading) mapping(prefix string, n ast.Node, want reflect.Type) {
	fields := map[string]reflect.Type{}
	var names []string
	for f := range want.Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); name != "" {
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
		r.lines[path] = line(key)
		if fields[key.Value] == nil {
			r.bad(line(key), "%s: unknown key, want one of %s", path, strings.Join(slices.Sorted(slices.Values(names)), ", "))
			continue
		}
		r.value(path, pair.Value, fields[key.Value])
	}
}

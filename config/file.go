package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits of a settings file.
const (
	MaxFileBytes = 256 << 10
	maxDepth     = 8
	maxNesting   = 64 // brackets opened before the parser is even tried
)

// readFile reads a settings file, never more than the limit.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open settings: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, MaxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	return b, nil
}

// fileReader walks a YAML document and hands each value to its setting.
type fileReader struct {
	table    *Table
	name     string
	problems Problems
}

// readYAML fills the file layer of the table's settings.
func (t *Table) readYAML(name string, source []byte) Problems {
	r := &fileReader{table: t, name: name}
	if len(source) > MaxFileBytes {
		r.problems.add(name, "more than %d bytes", MaxFileBytes)
		return r.problems
	}
	if strings.Count(string(source), "[")+strings.Count(string(source), "{") > maxNesting {
		r.problems.add(name, "more than %d brackets, settings need none", maxNesting)
		return r.problems
	}
	file, err := parser.ParseBytes(source, 0)
	if err != nil {
		r.syntax(err)
		return r.problems
	}
	for i, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if i > 0 {
			r.bad(doc.Start, "a second document, settings are one")
			break
		}
		r.mapping("", doc.Body, 0)
	}
	return r.problems
}

func (r *fileReader) syntax(err error) {
	var e yaml.Error
	if errors.As(err, &e) {
		r.bad(e.GetToken(), "%s", e.GetMessage())
		return
	}
	r.problems.add(r.name, "not YAML: %v", err)
}

func (r *fileReader) bad(at *token.Token, format string, args ...any) {
	r.problems.at(r.source(at), format, args...)
}

func (r *fileReader) source(at *token.Token) Source {
	if at == nil || at.Position == nil {
		return Source{Origin: FromFile, Name: r.name}
	}
	line, column := at.Position.Line, at.Position.Column
	return Source{FromFile, fmt.Sprintf("%s:%d:%d", r.name, line, column), line, column}
}

// mapping reads the keys of a mapping whose own key is prefix.
func (r *fileReader) mapping(prefix string, n ast.Node, depth int) {
	var pairs []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		pairs = m.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{m}
	case *ast.NullNode:
		return
	default:
		r.bad(n.GetToken(), "want keys and values, such as axon.port: 8091")
		return
	}
	if depth > maxDepth {
		r.bad(n.GetToken(), "nested too deeply")
		return
	}
	for _, p := range pairs {
		name, ok := p.Key.(*ast.StringNode)
		if !ok {
			r.bad(p.Key.GetToken(), "want a plain key")
			continue
		}
		r.pair(join(prefix, name.Value), name.GetToken(), p.Value, depth)
	}
}

func (r *fileReader) pair(key string, at *token.Token, value ast.Node, depth int) {
	s := r.table.byKey[key]
	if s == r.table.file {
		s = nil // a file does not name itself
	}
	if isMapping(value) && r.isPrefix(key) {
		r.mapping(key, value, depth+1)
		return
	}
	if s == nil && r.isPrefix(key) {
		r.bad(at, "%s: want keys below it", key)
		return
	}
	if s == nil {
		r.bad(at, "%s: %s", key, r.table.unknown(key, `"`))
		return
	}
	if s.raw[FromFile] != nil {
		r.bad(at, "%s: stands twice, first at %s", key, s.raw[FromFile].source.Name)
		return
	}
	texts, wrong := texts(value, s.Many())
	if wrong != "" {
		r.bad(at, "%s: %s", key, wrong)
		return
	}
	s.raw[FromFile] = &raw{texts: texts, source: r.source(at)}
}

func isMapping(n ast.Node) bool {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

// isPrefix reports whether some key lies below this one.
func (r *fileReader) isPrefix(key string) bool {
	for k := range r.table.byKey {
		if strings.HasPrefix(k, key+".") {
			return true
		}
	}
	return false
}

// texts is the value of a node as one text, or as several where a list may stand.
func texts(n ast.Node, many bool) (out []string, wrong string) {
	if seq, ok := n.(*ast.SequenceNode); ok {
		if !many {
			return nil, "want one value, not a list"
		}
		for _, v := range seq.Values {
			one, wrong := scalar(v)
			if wrong != "" {
				return nil, wrong
			}
			out = append(out, one)
		}
		return out, ""
	}
	one, wrong := scalar(n)
	return []string{one}, wrong
}

// scalar is the text of a plain value as it stands in the file.
func scalar(n ast.Node) (text, wrong string) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, ""
	case *ast.LiteralNode:
		return strings.TrimSuffix(v.Value.Value, "\n"), ""
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, ""
	case *ast.NullNode:
		return "", "has no value; leave the key out to get the default"
	default:
		return "", "want a plain value"
	}
}

func join(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}

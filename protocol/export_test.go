package protocol

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
)

// Golden is golden, for the test of the documentation, which looks at packages
// that are above this one.
var Golden = golden

// Constant is one constant as a source file declares it.
type Constant struct {
	Name, Type string
	Value      string // of a text; empty otherwise
}

// Constants lists the constants of a source file in its order.
func Constants(t *testing.T, path string) (out []Constant) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		decl, ok := n.(*ast.GenDecl)
		if !ok || decl.Tok != token.CONST {
			return true
		}
		for _, s := range decl.Specs {
			spec := s.(*ast.ValueSpec)
			for i, name := range spec.Names {
				c := Constant{Name: name.Name}
				if id, ok := spec.Type.(*ast.Ident); ok {
					c.Type = id.Name
				}
				if i < len(spec.Values) {
					if lit, ok := spec.Values[i].(*ast.BasicLit); ok && lit.Kind == token.STRING {
						if c.Value, err = strconv.Unquote(lit.Value); err != nil {
							t.Fatal(err)
						}
					}
				}
				out = append(out, c)
			}
		}
		return true
	})
	return out
}

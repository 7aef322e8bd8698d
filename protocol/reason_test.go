package protocol

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

// declared is the reasons that the source declares as constants.
func declared(t *testing.T) map[Reason]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[Reason]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); ok && id.Name == "Reason" {
			code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			found[Reason(code)] = spec.Names[0].Name
		}
		return true
	})
	return found
}

func TestReasonsAreCatalogued(t *testing.T) {
	found := declared(t)
	if len(found) < 20 {
		t.Fatalf("found only %d reasons in the source", len(found))
	}
	listed := map[Reason]bool{}
	for _, e := range Reasons() {
		if listed[e.Reason] {
			t.Errorf("%s is listed twice", e.Reason)
		}
		listed[e.Reason] = true
		if _, ok := found[e.Reason]; !ok {
			t.Errorf("%s is listed but not declared", e.Reason)
		}
		if e.Short == "" || e.Long == "" || strings.HasSuffix(e.Short, ".") || !strings.HasSuffix(e.Long, ".") {
			t.Errorf("%s: want a clause %q and sentences %q", e.Reason, e.Short, e.Long)
		}
		if err := (&Refusal{Code: string(e.Reason)}).Check(); err != nil {
			t.Errorf("%s cannot be the code of a refusal: %v", e.Reason, err)
		}
		if !e.Reason.Known() {
			t.Errorf("%s is not known", e.Reason)
		}
	}
	for reason, name := range found {
		if !listed[reason] {
			t.Errorf("%s (%s) is not in the catalogue", name, reason)
		}
	}
	if Reason("made_up").Known() {
		t.Error("a made-up reason is known")
	}
}

func TestReasonsAreDocumented(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Reasons\n\nEvery failure has a reason. Its code is the value of the metric label, the log field and the\nheading here. " +
		"`go test ./protocol -rewrite` writes this page from the catalogue in `protocol/reason.go`.\n\n| code | in short |\n|---|---|\n")
	for _, e := range Reasons() {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s |\n", e.Reason, e.Reason, e.Short)
	}
	for _, e := range Reasons() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", e.Reason, e.Long)
	}
	golden(t, "../docs/reasons.md", b.String())
}

func TestReasonOf(t *testing.T) {
	cause := errors.New("cause")
	err := fmt.Errorf("outer: %w", Fail(ReasonProof, "inner: %w", cause))
	if ReasonOf(err) != ReasonProof || !errors.Is(err, cause) || err.Error() != "outer: proof: inner: cause" {
		t.Errorf("got %s, %v", ReasonOf(err), err)
	}
	if ReasonOf(cause) != ReasonInternal {
		t.Errorf("an error without a reason has %s", ReasonOf(cause))
	}
}

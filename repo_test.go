package assay_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/assaynet/assay"

// source is one parsed file of the module.
type source struct {
	path string // relative to the root
	dir  string // of the package, "." for the root
	test bool
	file *ast.File
	fset *token.FileSet
}

// imports lists the paths that the file imports.
func (s source) imports() []string {
	var out []string
	for _, i := range s.file.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		out = append(out, p)
	}
	return out
}

// sources parses every Go file of the module.
func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || len(d.Name()) > 1 && (d.Name()[0] == '.' || d.Name()[0] == '_')) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		out = append(out, source{filepath.ToSlash(path), filepath.ToSlash(filepath.Dir(path)), strings.HasSuffix(path, "_test.go"), file, fset})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// rule says which of our packages a package may import. Tests are exempt.
type rule struct {
	dir string
	may []string
	why string
}

func importTable() []rule {
	roles := []string{"item", "protocol", "program", "programs", "evidence", "evidence/log", "scoring", "source", "chain"}
	kernel := []string{"scoring/kernel"}
	statistics := []string{"scoring/kernel", "scoring/acceptance", "scoring/agreement", "scoring/coverage", "scoring/duplicate", "scoring/forgery", "scoring/peer",
		"scoring/preference", "scoring/standing", "scoring/textquality", "scoring/truth", "scoring/weights"}
	return []rule{
		{".", nil, "the root holds only tests of the repository"},
		{"item", nil, "item is the bottom: pure values that everything else is made of"},
		{"yuma", nil, "yuma is a pure function of its numbers"},
		{"yuma/casefile", []string{"yuma"}, "a case file is another form of yuma's numbers"},
		{"programs", nil, "programs only embeds the files"},
		{"protocol", []string{"item"}, "the words on the wire know items and nothing above them"},
		{"yamlfile", nil, "yamlfile reads what people wrote and does not know what it says"},
		{"program", []string{"yamlfile", "item"}, "a program is a pure description of items"},
		{"evidence", []string{"protocol", "item"}, "entry types must not know who writes or scores them"},
		{"database", nil, "database opens a file; what is in it is its users' business"},
		{"evidence/log", []string{"database", "evidence", "protocol", "item"}, "the log stores entries; what they mean is scoring's business"},
		{"evidence/publish", []string{"evidence/log", "evidence", "protocol", "item"}, "publishing shows what the log holds up to a horizon that it is given; it knows no votes"},
		{"scoring", append([]string{"yamlfile", "evidence", "program", "protocol", "item"}, statistics...), "scoring is pure: it sees entries, never the log, the network or the chain"},
		{"scoring/kernel", nil, "kernel is elementary functions; it knows no data"},
		{"scoring/acceptance", kernel, "a family of statistics works on plain numbers, and knows neither the others nor any entry"},
		{"scoring/agreement", kernel, "a family of statistics works on plain numbers, and knows neither the others nor any entry"},
		{"scoring/aggregate", []string{"scoring", "scoring/agreement", "scoring/kernel", "scoring/preference", "scoring/truth", "program", "protocol", "item"}, "labels follow from judged tasks alone, by statistics; nothing that scores may depend on them"},
		{"scoring/coverage", []string{"scoring/kernel", "item"}, "a family of statistics works on plain numbers and hashes, and knows neither the others nor any entry"},
		{"scoring/duplicate", []string{"scoring/kernel", "item"}, "a family of statistics works on plain numbers and hashes, and knows neither the others nor any entry"},
		{"scoring/forgery", kernel, "a family of statistics works on plain numbers, and knows neither the others nor any entry"},
		{"scoring/peer", kernel, "a family of statistics works on plain numbers, and knows neither the others nor any entry"},
		{"scoring/preference", kernel, "a family of statistics works on plain numbers, and knows neither the others nor any entry"},
		{"scoring/standing", kernel, "a family of statistics works on plain numbers, and knows neither the others nor any entry"},
		{"scoring/textquality", kernel, "a family of statistics works on plain numbers, and knows neither the others nor any entry"},
		{"scoring/truth", kernel, "a family of statistics works on plain numbers, and knows neither the others nor any entry"},
		{"scoring/weights", kernel, "a family of statistics works on plain numbers, and knows neither the others nor any entry"},
		{"export", []string{"scoring/aggregate", "scoring", "evidence", "program", "protocol", "item"}, "an export is made of what the fold says of a record; it opens no record and knows no chain"},
		{"export/readback", nil, "a package of tests: the second reader of Parquet files takes long to compile, and the project does not need it"},
		{"tabular", nil, "tabular reads files that people made and does not know what is in them"},
		{"chain", []string{"chain/extrinsic", "chain/scale", "yuma", "protocol", "item"}, "the client of a real node must not know the embedded one"},
		{"chain/extrinsic", []string{"chain/scale", "protocol", "item"}, "extrinsics are bytes and signatures; who sends them is the client's business"},
		{"chain/simulated", nil, "a package of tests: go-ethereum's own node takes long to compile"},
		{"chain/burn", nil, "the price of a registration is arithmetic, the same for the embedded chain and the simulated one"},
		{"chain/scale", nil, "scale is an encoding and knows nothing of ours"},
		{"source", []string{"item"}, "sources give records; who wants them is not their business"},
		{"transport", []string{"protocol", "item"}, "transport carries messages and does not act on them"},
		{"devnet", []string{"database", "chain", "chain/burn", "chain/extrinsic", "chain/scale", "yuma", "protocol", "item"}, "the embedded chain knows no more than a real one"},
		{"desk", []string{"desk/page", "database", "program", "protocol", "item"}, "a desk knows tasks and labellers; the miner's index and the chain are the miner's business"},
		{"desk/page", nil, "the page is files that a browser loads; it speaks with the desk over HTTP alone"},
		{"miner", append([]string{"database"}, roles...), "a miner is handed its transport, settings and life cycle by node"},
		{"validator", roles, "a validator is handed its transport, settings and life cycle by node"},
		{"validator/golden", []string{"evidence"}, "records for tests: whoever reads records reads these, and the program has none of them in it"},
		{"wallet", []string{"protocol"}, "wallet opens key files and knows neither settings nor the chain"},
		{"config", []string{"wallet", "item", "protocol", "program", "evidence", "scoring", "chain", "source", "transport", "miner", "validator", "devnet"}, "config gathers the settings of packages and opens nothing but the hotkey that they name, for which it needs wallet"},
		{"web", nil, "web shows a plain value and knows nothing of where it comes from"},
		{"node", append([]string{"wallet", "database", "transport", "devnet", "chain/scale", "config", "desk", "miner", "validator", "web", "yuma", "evidence/publish", "tabular"}, roles...), "node composes all roles; localnet and cmd call it, never the other way round"},
		{"localnet", append([]string{"localnet/site", "localnet/labeller", "zoo", "scoring/acceptance", "scoring/aggregate", "export", "node", "transport", "devnet", "config", "miner", "validator", "web"}, roles...), "localnet is roles opened by node, in one process"},
		{"localnet/site", nil, "the demo site is a web site like any other; only HTTP connects it with us"},
		{"localnet/labeller", []string{"localnet/site", "zoo", "program", "source", "evidence", "protocol", "item"}, "a labeller of the demo is a program like any other; only HTTP connects it with a desk, and it knows the site for the gold alone"},
		{"localnet/site/corpus/make", nil, "the script that made the corpus stands alone"},
		{"zoo", []string{"evidence", "program", "protocol", "item"}, "an adversary knows what it can see and do; who plays it, in which surroundings, is not its business"},
		{"simulate", []string{"zoo", "chain", "chain/burn", "scoring/weights", "validator", "programs", "scoring", "yuma", "evidence", "program", "protocol", "item", "yamlfile"}, "a simulated subnet has the rules of production and none of its sockets and files"},
		{"scenarios", nil, "scenarios only embeds the files"},
		{"lab", []string{"scoring", "scoring/kernel", "tabular", "yamlfile"}, "the lab keeps runs and looks for parameters; what a point is measured by it is handed"},
		{"lab/characteristic", []string{"lab", "scoring", "scoring/acceptance"}, "the operating characteristic of a rule is arithmetic"},
		{"lab/counterfactual", []string{"scoring", "evidence", "protocol", "item"}, "a record under other rules is entries folded twice; it opens no record and knows no validator"},
		{"lab/readback", nil, "a package of tests: the second reader of tables needs a C compiler, and the project does not need it"},
		{"lab/report", []string{"lab", "scoring/acceptance"}, "a report is made of a run's tables alone; it opens no folder and knows no state"},
		{"lab/suite", []string{"lab", "lab/characteristic", "lab/wire", "simulate", "zoo", "scoring", "evidence"}, "the suite plays all adversaries and knows no file"},
		{"lab/wire", []string{"zoo", "validator", "miner", "transport", "source", "scoring", "chain", "evidence", "program", "protocol", "item"}, "attacks on the wire are played over sockets against production nodes"},
		{"cmd/assay", slices.Concat([]string{"lab", "lab/counterfactual", "lab/report", "lab/suite", "simulate", "zoo", "scenarios", "desk", "wallet", "yuma/casefile", "database", "evidence/publish", "localnet", "node", "transport", "devnet", "config", "miner", "validator", "web", "tabular", "export"}, roles, statistics), "the command is on top"},
	}
}

// scores reports whether a folder is scoring or a family of statistics within it.
func scores(dir string) bool { return dir == "scoring" || strings.HasPrefix(dir, "scoring/") }

func TestImportTable(t *testing.T) {
	table := map[string]rule{}
	for _, r := range importTable() {
		table[r.dir] = r
	}
	for _, s := range sources(t) {
		r, known := table[s.dir]
		if !known {
			t.Errorf("package %s is not in the import table: add it to repo_test.go with the reason why it needs a home of its own", s.dir)
			table[s.dir] = rule{dir: s.dir}
			continue
		}
		if s.test {
			continue
		}
		for _, p := range s.imports() {
			ours, ok := strings.CutPrefix(p, module+"/")
			if ok && ours != s.dir && !slices.Contains(r.may, ours) {
				t.Errorf("%s: package %s must not import %s, because %s", s.path, s.dir, ours, r.why)
			}
		}
	}
}

// TestPurePackages keeps I/O, clocks, global randomness, logs and goroutines out of
// what a vote follows from.
func TestPurePackages(t *testing.T) {
	pure := []string{"item", "yuma", "yuma/casefile", "program", "protocol", "chain/extrinsic", "evidence"}
	impure := []string{"os", "os/exec", "io/fs", "net", "net/http", "database/sql", "log", "log/slog", "math/rand", "math/rand/v2", "sync", "sync/atomic", "context", "runtime"}
	for _, s := range sources(t) {
		if s.test || !slices.Contains(pure, s.dir) && !scores(s.dir) {
			continue
		}
		for _, p := range s.imports() {
			if slices.Contains(impure, p) {
				t.Errorf("%s: package %s is pure and must not import %s: time, randomness and data are handed in", s.path, s.dir, p)
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s: package %s is pure and must not start a goroutine", s.fset.Position(x.Pos()), s.dir)
			case *ast.SelectorExpr:
				if id, ok := x.X.(*ast.Ident); ok && id.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After", "NewTimer", "NewTicker"}, x.Sel.Name) {
					t.Errorf("%s: package %s is pure and must not look at the clock: time is handed in", s.fset.Position(x.Pos()), s.dir)
				}
			}
			return true
		})
	}
}

// noKernels are the functions of math that some architecture has in assembly or
// that differ in the last place between builds; scores must not depend on them.
func noKernels() []string {
	return []string{"Exp", "Exp2", "Expm1", "Log", "Log2", "Log10", "Log1p", "Pow", "Floor", "Ceil", "Trunc", "Hypot", "Sin", "Cos", "Tan", "Tanh", "Gamma", "Lgamma", "Erf", "Erfc", "FMA", "Max", "Min", "Modf", "Cbrt"}
}

func TestScoresUseTheirOwnKernels(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || !slices.Contains([]string{"item", "yuma", "program", "evidence"}, s.dir) && !scores(s.dir) {
			continue
		}
		for _, p := range s.imports() {
			if strings.Contains(p, "gonum") {
				t.Errorf("%s: a score must not depend on %s, which has assembly", s.path, p)
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if x, ok := n.(*ast.SelectorExpr); ok {
				if id, ok := x.X.(*ast.Ident); ok && id.Name == "math" && slices.Contains(noKernels(), x.Sel.Name) {
					t.Errorf("%s: math.%s may differ in its last bit between machines; a score must use a kernel of our own", s.fset.Position(x.Pos()), x.Sel.Name)
				}
			}
			return true
		})
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	said := map[string]bool{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		said[s.dir] = said[s.dir] || s.file.Doc != nil && len(s.file.Doc.Text()) > 40
	}
	for dir, ok := range said {
		if !ok {
			t.Errorf("package %s has no comment that says what it is for", dir)
		}
	}
}

// requires reads go.mod: the modules, and which of them are direct.
func requires(t *testing.T) (all, direct []string) {
	t.Helper()
	b, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(fields) < 2 || !strings.HasPrefix(fields[1], "v") {
			continue
		}
		all = append(all, fields[0])
		if !strings.Contains(line, "// indirect") {
			direct = append(direct, fields[0])
		}
	}
	return all, direct
}

func TestEachDependencyHasAReason(t *testing.T) {
	all, direct := requires(t)
	imported := map[string]bool{}
	for _, s := range sources(t) {
		for _, p := range s.imports() {
			best := ""
			for _, m := range all {
				if (p == m || strings.HasPrefix(p, m+"/")) && len(m) > len(best) {
					best = m
				}
			}
			if best != "" {
				imported[best] = true
			}
		}
	}
	b, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		if cells := strings.Split(line, "|"); len(cells) == 4 && strings.HasPrefix(strings.TrimSpace(cells[1]), "`") {
			reasons[strings.Trim(cells[1], " `")] = len(strings.TrimSpace(cells[2])) > 20
		}
	}
	for m := range imported {
		if !reasons[m] {
			t.Errorf("%s is imported, but docs/dependencies.md does not say why", m)
		}
	}
	for _, m := range direct {
		if !imported[m] {
			t.Errorf("go.mod requires %s directly, but nothing imports it", m)
		}
	}
	for m := range reasons {
		if !imported[m] {
			t.Errorf("docs/dependencies.md has a reason for %s, which nothing imports", m)
		}
	}
	if len(direct) != len(imported) {
		t.Errorf("go.mod has %d direct requirements and the code %d: run go mod tidy", len(direct), len(imported))
	}
}

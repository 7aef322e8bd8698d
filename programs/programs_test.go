package programs_test

import (
	"slices"
	"testing"

	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/programs"
)

// A program that ships is right, is called as its file is, and needs nothing beside
// the others.
func TestShippedPrograms(t *testing.T) {
	var all []*program.Program
	for _, name := range programs.Names() {
		source, err := programs.Files.ReadFile(name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		p, err := program.Decode(source)
		if err != nil {
			t.Fatal(err)
		}
		if p.Name != name || p.About == "" || p.Licence == "" {
			t.Errorf("%s.yaml declares %q, about %q, licence %q", name, p.Name, p.About, p.Licence)
		}
		all = append(all, p)
	}
	if errs := program.Together(all); len(errs) > 0 {
		t.Error(errs)
	}
	for _, want := range []string{"forum", "preference", "spam"} {
		if !slices.Contains(programs.Names(), want) {
			t.Errorf("no %s among %v", want, programs.Names())
		}
	}
}

package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// role names the command of a corpus file: its name up to the first dash.
func tableFor(path string) *Table {
	name, _, _ := strings.Cut(filepath.Base(path), "-")
	for _, r := range Roles() {
		if r.Name == name {
			return r.Table
		}
	}
	return nil
}

func loadFile(t *testing.T, path string) (*Table, error) {
	t.Helper()
	table := tableFor(path)
	if table == nil {
		t.Fatalf("%s: no such role", path)
	}
	return table, table.Load(append(home(), "ASSAY_CONFIG="+path))
}

func TestGoodFiles(t *testing.T) {
	paths, _ := filepath.Glob("testdata/good/*.yaml")
	if len(paths) < 4 {
		t.Fatalf("only %d good files", len(paths))
	}
	for _, path := range paths {
		if _, err := loadFile(t, path); err != nil {
			t.Errorf("%v", err)
		}
	}
}

// TestBadFiles compares the problems of each bad file with those that stand
// beside it.
func TestBadFiles(t *testing.T) {
	paths, _ := filepath.Glob("testdata/bad/*.yaml")
	if len(paths) < 10 {
		t.Fatalf("only %d bad files", len(paths))
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			_, err := loadFile(t, path)
			if err == nil {
				t.Fatal("accepted")
			}
			got := strings.ReplaceAll(err.Error(), filepath.Dir(path)+"/", "") + "\n"
			expected := strings.TrimSuffix(path, ".yaml") + ".txt"
			if *rewrite {
				if err := os.WriteFile(expected, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(expected)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

// FuzzLoad feeds any bytes to the file reader: it must not panic, and whatever it
// accepts must show and read back.
func FuzzLoad(f *testing.F) {
	paths, _ := filepath.Glob("testdata/*/*.yaml")
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		table := New("assay miner", DefaultMiner())
		if len(table.readYAML("fuzz.yaml", source)) > 0 {
			return
		}
		if table.Load(home()) != nil {
			return
		}
		var shown strings.Builder
		if err := table.Show(&shown); err != nil {
			t.Fatal(err)
		}
		again := New("assay miner", DefaultMiner())
		if p := again.readYAML("again.yaml", []byte(shown.String())); len(p) > 0 {
			t.Fatalf("what was shown does not read back: %v\n%s", p, shown.String())
		}
	})
}

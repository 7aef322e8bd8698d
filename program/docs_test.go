package program_test

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/program"
)

// documented reads the keys of docs/programs.md, with what is allowed of each.
func documented(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../docs/programs.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_.]+)` \\| (.*) \\| (.*) \\|$").FindAllStringSubmatch(string(text), -1) {
		if _, twice := out[row[1]]; twice {
			t.Errorf("%s stands twice", row[1])
		}
		out[row[1]] = row[3]
	}
	return out
}

// keysOf lists the keys of a program file that have values of their own.
func keysOf(prefix string, typ reflect.Type) []string {
	var out []string
	for f := range typ.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case name == "":
		case f.Type.Kind() == reflect.Struct:
			out = append(out, keysOf(prefix+name+".", f.Type)...)
		default:
			out = append(out, prefix+name)
		}
	}
	return out
}

func TestEveryKeyIsDocumented(t *testing.T) {
	docs, keys := documented(t), keysOf("", reflect.TypeFor[program.Program]())
	for _, key := range keys {
		if docs[key] == "" {
			t.Errorf("docs/programs.md does not have the key %s", key)
		}
	}
	for key := range docs {
		if !slices.Contains(keys, key) {
			t.Errorf("docs/programs.md has a key %s, which no program can have", key)
		}
	}
}

// TestDocumentedRanges tries both ends of each range in docs/programs.md, and what lies
// beyond.
func TestDocumentedRanges(t *testing.T) {
	small := strings.NewReplacer("max_bytes: 6144", "max_bytes: 64", "tasks: 4", "tasks: 1", "tasks: 3", "tasks: 1", "pass: 0.3", "pass: 0", "body_max: 60000", "body_max: 10", "draws: 6", "draws: 1")
	bases := []string{small.Replace(source(t, "forum.yaml")), small.Replace(source(t, "spam.yaml")), small.Replace(source(t, "preference.yaml"))}
	tried := 0
	for key, allowed := range documented(t) {
		r := regexp.MustCompile(`^([0-9.]+) to (below )?([0-9.]+)$`).FindStringSubmatch(allowed)
		if r == nil {
			continue
		}
		name := regexp.MustCompile(`(?m)^( +)` + key[strings.LastIndex(key, ".")+1:] + `: [0-9.]+$`)
		i := slices.IndexFunc(bases, name.MatchString)
		if i < 0 {
			t.Errorf("%s is in no shipped program", key)
			continue
		}
		tried++
		for value, good := range map[string]bool{r[1]: true, r[3]: r[2] == "", below(r[1]): false, r[3] + above(r[3]): false} {
			_, err := program.Decode([]byte(name.ReplaceAllString(bases[i], "${1}"+key[strings.LastIndex(key, ".")+1:]+": "+value)))
			if (err == nil) != good {
				t.Errorf("%s: %s: %v, but the document says %s", key, value, err, allowed)
			}
			if err != nil && !strings.Contains(err.Error(), key+": ") {
				t.Errorf("%s: %s: another mistake: %v", key, value, err)
			}
		}
	}
	if tried < 13 {
		t.Errorf("only %d ranges were tried", tried)
	}
}

// below is a number just outside of a range from one of 0, 1, 2, 3 or 64.
func below(least string) string {
	if least == "0" {
		return "-1"
	}
	return map[string]string{"1": "0", "2": "1", "3": "2", "64": "63"}[least]
}

// above appends a digit, which makes any number larger that is not 0.
func above(most string) string {
	if strings.Contains(most, ".") {
		return "1"
	}
	return "0"
}

// TestDocumentedExample reads the program that docs/programs.md makes from an empty file.
func TestDocumentedExample(t *testing.T) {
	text, err := os.ReadFile("../docs/programs.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "<<'END'\n")
	example, _, found := strings.Cut(rest, "\nEND\n")
	if !found {
		t.Fatal("there is no example")
	}
	forum, _ := forum(t)
	if errs := program.Together([]*program.Program{forum, decode(t, example+"\n")}); len(errs) > 0 {
		t.Error(errs)
	}
}

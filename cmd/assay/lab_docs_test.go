package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/lab/suite"
	"github.com/assaynet/assay/lab/wire"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/simulate"
	"github.com/assaynet/assay/zoo"
)

// TestLabDoc keeps the tables of docs/lab.md true. The parts between <!-- name --> and
// <!-- end --> follow from the code, but for the words on what a key or a table is.
func TestLabDoc(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "lab.md")
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(was)
	for name, rows := range map[string]func(said map[string]string) []string{
		"scenario": scenarioRows, "tables": tableRows, "adversaries": adversaryRows, "wire": wireRows, "without": withoutRows, "measures": measureRows,
	} {
		begin := "<!-- " + name + " -->\n"
		before, rest, ok := strings.Cut(text, begin)
		old, after, ended := strings.Cut(rest, "<!-- end -->")
		if !ok || !ended {
			t.Fatalf("docs/lab.md has no part %s", name)
		}
		head, said := docRows(old)
		text = before + begin + head + strings.Join(rows(said), "") + "<!-- end -->" + after
	}
	if strings.Contains(text, "| ? |") {
		t.Error("docs/lab.md has rows that say nothing yet: replace the question marks")
	}
	if *rewrite {
		err = os.WriteFile(path, []byte(text), 0o644)
	} else if text != string(was) {
		err = fmt.Errorf("docs/lab.md is out of date: go test ./cmd/assay -run TestLabDoc -rewrite")
	}
	if err != nil {
		t.Error(err)
	}
}

// docRows splits a table into its head and what its rows say in their second column, by
// the first one.
func docRows(table string) (head string, said map[string]string) {
	said = map[string]string{}
	for i, line := range strings.SplitAfter(table, "\n") {
		cells := strings.Split(line, " | ")
		switch {
		case i < 2:
			head += line
		case len(cells) > 1:
			said[strings.Trim(cells[0], "|` \n")] = strings.Trim(cells[1], "| \n")
		}
	}
	return head, said
}

// saidOf is what the document says of a name.
func saidOf(said map[string]string, name string) string {
	if said[name] == "" {
		return "?"
	}
	return said[name]
}

// scenarioRows are the keys of a scenario file, with defaults and limits as the code has
// them.
func scenarioRows(said map[string]string) []string {
	var out []string
	for _, k := range scenarioKeys("", reflect.ValueOf(*simulate.Defaults())) {
		out = append(out, fmt.Sprintf("| `%s` | %s | %s | %s |\n", k.name, saidOf(said, k.name), k.standard, k.allowed))
	}
	return out
}

type scenarioKey struct{ name, standard, allowed string }

func scenarioKeys(prefix string, v reflect.Value) []scenarioKey {
	var out []scenarioKey
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("yaml")
		if name == "-" {
			continue
		}
		name = prefix + name
		field := v.Field(i)
		switch {
		case field.Kind() == reflect.Struct:
			out = append(out, scenarioKeys(name+".", field)...)
		case field.Kind() == reflect.Slice && field.Type().Elem().Kind() == reflect.Struct:
			out = append(out, scenarioKeys(name+"[].", reflect.New(field.Type().Elem()).Elem())...)
		default:
			k := scenarioKey{name, standardOf(field), allowedOf(name, field)}
			if strings.Contains(name, "[]") { // an element of a list has no defaults
				k.standard = "–"
			}
			out = append(out, k)
		}
	}
	return out
}

func standardOf(v reflect.Value) string {
	switch {
	case v.Kind() == reflect.String && v.Len() == 0, v.Kind() == reflect.Map && v.Len() == 0, v.Kind() == reflect.Slice && v.Len() == 0:
		return "–"
	case v.Kind() == reflect.Slice:
		return strings.ReplaceAll(fmt.Sprint(v.Interface()), " ", ", ")
	}
	return fmt.Sprint(v.Interface())
}

// allowedOf is what the mistake says that a value out of range makes.
func allowedOf(name string, v reflect.Value) string {
	var try []string
	switch v.Kind() {
	case reflect.Bool:
		return "true, false"
	case reflect.Float64:
		try = []string{"-1.5"}
	case reflect.Int, reflect.Int64:
		try = []string{"-1"}
	case reflect.Uint16:
		try = []string{"65535", "0"}
	case reflect.Uint64:
		try = []string{"18446744073709551615"}
	default:
		return ""
	}
	for _, value := range try {
		_, err := simulate.Decode([]byte(nested(name, value)))
		if err == nil {
			continue
		}
		last := name[strings.LastIndexByte(name, '.')+1:]
		if m := regexp.MustCompile(regexp.QuoteMeta(last) + `: [^ ]+, want ([^ ]+ to [^ \n]+)`).FindStringSubmatch(err.Error()); m != nil {
			return m[1]
		}
	}
	return ""
}

// nested is a scenario that states one value, in flow style; that of a[].b in the one
// element of list a.
func nested(name, value string) string {
	list, key, ok := strings.Cut(name, "[].")
	if !ok {
		return braced(name, value)
	}
	element := map[string]string{"name": "x", "count": "1", "kind": simulate.Honest}
	if list == "validators" {
		element["stake"] = "1"
	}
	first, _, _ := strings.Cut(key, ".")
	delete(element, first)
	pairs := []string{braced(key, value)}
	for k, v := range element {
		pairs = append(pairs, k+": "+v)
	}
	return list + ": [{" + strings.Join(pairs, ", ") + "}]"
}

// braced is a.b as a: {b: value}.
func braced(name, value string) string {
	first, rest, ok := strings.Cut(name, ".")
	if !ok {
		return name + ": " + value
	}
	return first + ": {" + braced(rest, value) + "}"
}

// tableRows are the tables of a run folder with their columns.
func tableRows(said map[string]string) []string {
	var out []string
	for _, table := range []struct {
		name string
		row  any
	}{
		{lab.TableActors, lab.Actor{}}, {lab.TablePay, lab.Pay{}}, {lab.TableWeights, lab.Weight{}}, {lab.TableTrust, lab.Trust{}}, {lab.TableEvents, lab.Event{}},
		{lab.TableVerdicts, lab.Verdict{}}, {lab.TableLimits, lab.Verdict{}}, {lab.TableShares, lab.Share{}}, {lab.TableCharacteristics, lab.Characteristic{}}, {lab.TableTrials, lab.Trial{}},
	} {
		var columns []string
		for _, f := range reflect.VisibleFields(reflect.TypeOf(table.row)) {
			columns = append(columns, "`"+f.Tag.Get("csv")+"`")
		}
		out = append(out, fmt.Sprintf("| `%s` | %s | %s |\n", table.name, saidOf(said, table.name), strings.Join(columns, ", ")))
	}
	return out
}

// adversaryRows are all adversaries that are played for their pay.
func adversaryRows(map[string]string) []string {
	var out []string
	row := func(kind, name, about string, settings []zoo.Setting, d zoo.Defence) {
		names := zoo.Adversary{Settings: settings}.SettingNames()
		if names == "" {
			names = "–"
		}
		out = append(out, fmt.Sprintf("| `%s` | %s | %s | %s | %s |\n", name, kind, about, names, defenceOf(d)))
	}
	for _, a := range zoo.All() {
		row("data", a.Name, a.About, a.Settings, a.Defence)
	}
	for _, a := range zoo.Raters() {
		row("labels", a.Name, a.About, a.Settings, a.Defence)
	}
	for _, p := range zoo.Pretenders() {
		row("stake", p.Name, p.About, p.Settings, p.Defence)
	}
	return out
}

// defenceOf is how a defence is left out, as a file says it.
func defenceOf(d zoo.Defence) string {
	off := strings.Trim(d.Off, "[]")
	switch d.Parameter {
	case "":
		return "–"
	case "without":
		return "`without: [" + strings.ReplaceAll(off, ",", ", ") + "]`"
	case "defences":
		return "`defences." + off + ": true`"
	}
	return "`" + d.Parameter + ": " + off + "`"
}

// wireRows are the attacks on the wire.
func wireRows(said map[string]string) []string {
	var out []string
	for _, name := range wire.Names() {
		out = append(out, fmt.Sprintf("| `%s` | %s |\n", name, saidOf(said, name)))
	}
	return out
}

// withoutRows are the rules that parameters may leave out.
func withoutRows(map[string]string) []string {
	var out []string
	for name, instead := range scoring.LeftOut() {
		out = append(out, fmt.Sprintf("| `%s` | %s |\n", name, instead))
	}
	slices.Sort(out)
	return out
}

func measureRows(said map[string]string) []string {
	var out []string
	for _, name := range suite.MeasureNames() {
		out = append(out, fmt.Sprintf("| `%s` | %s |\n", name, saidOf(said, name)))
	}
	return out
}

package lab

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"
)

// every has a column of each type.
type every struct {
	Number  int     `parquet:"number" csv:"number"`
	Count   uint64  `parquet:"count" csv:"count"`
	Measure float64 `parquet:"measure" csv:"measure"`
	Name    string  `parquet:"name" csv:"name"`
	Sure    bool    `parquet:"sure" csv:"sure"`
}

var awkward = []every{
	{math.MinInt64, math.MaxUint64, math.NaN(), "", true},
	{-1, 1, math.Inf(1), `a "quoted", text`, false},
	{0, 0, math.Inf(-1), " ünïcode 日本 ", true},
	{math.MaxInt64, 1 << 63, math.SmallestNonzeroFloat64, `\.`, false},
	{7, 7, math.MaxFloat64, "null", false},
	{7, 7, 0.30000000000000004, "NaN", false},
	{7, 7, math.Copysign(0, -1), "true", false},
	{7, 7, 1, "1", false},
}

func manifest() Manifest {
	return Manifest{Command: "simulate", Version: "v1.2.3", Seed: 7, Settings: map[string]string{"epochs": "30"}, Scenario: "epochs: 30 # <b>\n", Parameters: "good: 0.97\n", Programs: strings.Repeat("0f", 32)}
}

// inMemory is a folder on a file system in memory, where there is one: what is made
// durable step by step takes its time on a disk.
func inMemory(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "assay-lab-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// same reports whether rows are equal to the bit; all NaN are one.
func same(a, b []every) bool {
	return slices.EqualFunc(a, b, func(x, y every) bool {
		bits := math.Float64bits(x.Measure) == math.Float64bits(y.Measure) || math.IsNaN(x.Measure) && math.IsNaN(y.Measure)
		x.Measure, y.Measure = 0, 0
		return bits && x == y
	})
}

func mustCreate(t *testing.T, dir string, m Manifest) *Folder {
	t.Helper()
	f, err := Create(dir, m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// contents are all files of a folder.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = string(b)
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	f := mustCreate(t, dir, manifest())
	if err := Write(f, "every", awkward); err != nil {
		t.Fatal(err)
	}
	if err := Write(f, "none", []every{}); err != nil {
		t.Fatal(err)
	}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Read[every](f, "every"); err != nil || !same(got, awkward) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := Read[every](f, "none"); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	m := f.Manifest()
	if !m.Finished || len(m.Tables) != 2 || m.Tables[0].Rows != len(awkward) || m.Scenario != manifest().Scenario || m.Seed != 7 {
		t.Errorf("%+v", m)
	}
	for row, err := range Rows[every](f, "every") {
		if err != nil || row.Number != math.MinInt64 {
			t.Errorf("%+v, %v", row, err)
		}
		break
	}
	if got := parquetRows(t, filepath.Join(dir, "every.parquet")); !same(got, awkward) {
		t.Errorf("the Parquet file holds %+v", got)
	}
	want := "number,count,measure,name,sure\n" +
		"-9223372036854775808,18446744073709551615,,,true\n" +
		"-1,1,inf,\"a \"\"quoted\"\", text\",false\n" +
		"0,0,-inf,\" ünïcode 日本 \",true\n" +
		"9223372036854775807,9223372036854775808,5e-324,\"\\.\",false\n" +
		"7,7,1.7976931348623157e+308,null,false\n" +
		"7,7,0.30000000000000004,NaN,false\n" +
		"7,7,-0.0,true,false\n" +
		"7,7,1.0,1,false\n"
	if got := contents(t, dir)["every.csv"]; got != want {
		t.Errorf("the CSV file is\n%s", got)
	}
	if got := len(contents(t, dir)); got != 5 {
		t.Errorf("a finished run has %d files", got)
	}
}

// parquetRows reads a Parquet file without the layout that wrote it.
func parquetRows(t *testing.T, path string) []every {
	t.Helper()
	rows, err := parquet.ReadFile[struct {
		Number  int64    `parquet:"number"`
		Count   uint64   `parquet:"count"`
		Measure *float64 `parquet:"measure,optional"`
		Name    string   `parquet:"name"`
		Sure    bool     `parquet:"sure"`
	}](path)
	if err != nil {
		t.Fatal(err)
	}
	var out []every
	for _, r := range rows {
		x := math.NaN()
		if r.Measure != nil {
			x = *r.Measure
		}
		out = append(out, every{int(r.Number), r.Count, x, r.Name, r.Sure})
	}
	return out
}

func TestRowsOfAnyKind(t *testing.T) {
	text := rapid.StringMatching(`[^\pC]{0,20}`)
	rapid.Check(t, func(r *rapid.T) {
		rows := rapid.SliceOf(rapid.Custom(func(r *rapid.T) every {
			return every{rapid.Int().Draw(r, "number"), rapid.Uint64().Draw(r, "count"), math.Float64frombits(rapid.Uint64().Draw(r, "measure")), text.Draw(r, "name"), rapid.Bool().Draw(r, "sure")}
		})).Draw(r, "rows")
		l, err := layoutOf(reflect.TypeFor[every]())
		if err != nil {
			r.Fatal(err)
		}
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			r.Fatal(err)
		}
		f := &Folder{disk: disk{dir: dir}}
		table, err := f.writeTable("x", reflect.ValueOf(rows))
		if err != nil {
			r.Fatal(err)
		}
		if err := f.disk.publish("x.csv", "x.parquet"); err != nil {
			r.Fatal(err)
		}
		table.Columns, f.manifest.Tables = l.columns, []Table{*table}
		if got, err := Read[every](f, "x"); err != nil || !same(got, rows) {
			r.Errorf("%+v of %+v, %v", got, rows, err)
		}
		if got := parquetRows(t, filepath.Join(dir, "x.parquet")); !same(got, rows) {
			r.Errorf("Parquet: %+v of %+v", got, rows)
		}
	})
}

// TestSameBytes writes tables of several row groups on one processor and on more.
func TestSameBytes(t *testing.T) {
	rows := make([]every, groupRows+groupRows/3)
	for i := range rows {
		rows[i] = every{i, uint64(i * i), math.Sqrt(float64(i)), strconv.Itoa(i % 1000), i%3 == 0}
	}
	var runs []map[string]string
	for _, procs := range []int{1, 4} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		dir := t.TempDir()
		f := mustCreate(t, dir, manifest())
		if err := Write(f, "rows", rows); err != nil {
			t.Fatal(err)
		}
		if got, err := Read[every](f, "rows"); err != nil || !same(got, rows) {
			t.Errorf("%d rows, %v", len(got), err)
		}
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
		runs = append(runs, contents(t, dir))
	}
	if !reflect.DeepEqual(runs[0], runs[1]) {
		t.Error("two runs differ in their bytes")
	}
	p, err := parquet.OpenFile(strings.NewReader(runs[0]["rows.parquet"]), int64(len(runs[0]["rows.parquet"])))
	if err != nil || len(p.RowGroups()) != 2 {
		t.Errorf("%v, %v", p, err)
	}
}

func TestOtherRunIsRefused(t *testing.T) {
	dir := t.TempDir()
	f := mustCreate(t, dir, manifest())
	if _, err := Create(dir, manifest()); !errors.Is(err, ErrInUse) {
		t.Errorf("a folder in use: %v", err)
	}
	if err := Write(f, "every", awkward); err != nil {
		t.Fatal(err)
	}
	f.Close()
	other := manifest()
	other.Command, other.Seed, other.Version, other.Programs = "sweep", 8, "v2", strings.Repeat("00", 32)
	other.Settings, other.Scenario, other.Parameters = map[string]string{"points": "9"}, "x", ""
	_, err := Create(dir, other)
	if !errors.Is(err, ErrOtherRun) {
		t.Fatal(err)
	}
	for _, want := range []string{"its command is simulate, not sweep", "its seed is 7, not 8", "its version is v1.2.3, not v2", `its epochs is "30", not not set`, `its points is not set, not "9"`,
		"its scenario has the SHA-256 ", "its parameter file has", "not of nothing", "its set of programs has", "name another folder"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
	f = mustCreate(t, dir, manifest())
	if !f.Has("every") || f.Has("other") {
		t.Error("what was finished is not gone on with")
	}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	if err := Write(f, "every", awkward[:1]); !errors.Is(err, ErrFinished) {
		t.Errorf("a finished run is written to: %v", err)
	}
	if err := f.Finish(); !errors.Is(err, ErrFinished) {
		t.Errorf("a run is finished twice: %v", err)
	}
	before := contents(t, dir)
	for m, want := range map[*Manifest]error{{Command: "simulate", Version: "v1.2.3", Seed: 7}: ErrOtherRun, &other: ErrOtherRun, new(manifest()): ErrFinished} {
		if _, err := Create(dir, *m); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	after := contents(t, dir)
	if !reflect.DeepEqual(before, after) {
		t.Error("a finished run was changed")
	}
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "thesis.tex"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(foreign, manifest()); !errors.Is(err, ErrOtherRun) || !strings.Contains(err.Error(), "thesis.tex") {
		t.Errorf("a folder with something else in it: %v", err)
	}
	if got := contents(t, foreign); len(got) != 1 {
		t.Errorf("files were put beside others: %v", got)
	}
	if _, err := Open(foreign); !errors.Is(err, ErrNoRun) {
		t.Errorf("%v", err)
	}
}

func TestAnotherTableOfTheName(t *testing.T) {
	dir := t.TempDir()
	f := mustCreate(t, dir, manifest())
	for _, rows := range [][]every{awkward, awkward, awkward[:3]} {
		if err := Write(f, "every", rows); err != nil {
			t.Fatal(err)
		}
		if got, err := Read[every](f, "every"); err != nil || !same(got, rows) || len(f.Manifest().Tables) != 1 {
			t.Errorf("%v, %v", got, err)
		}
	}
	// A table that was harmed since is written again.
	if err := os.Truncate(filepath.Join(dir, "every.parquet"), 9); err != nil {
		t.Fatal(err)
	}
	if err := Write(f, "every", awkward[:3]); err != nil {
		t.Fatal(err)
	}
	if got := parquetRows(t, filepath.Join(dir, "every.parquet")); !same(got, awkward[:3]) {
		t.Errorf("%v", got)
	}
}

func TestRefusedRows(t *testing.T) {
	f := mustCreate(t, t.TempDir(), manifest())
	type one struct {
		A int `parquet:"a" csv:"a"`
	}
	type twice struct {
		A int `parquet:"a" csv:"a"`
		B int `parquet:"a" csv:"a"`
	}
	type untagged struct {
		A int `parquet:"a" csv:"a"`
		B int
	}
	type slices struct {
		A int   `parquet:"a" csv:"a"`
		B []int `parquet:"b" csv:"b"`
	}
	for name, err := range map[string]error{
		"want two columns":        Write(f, "t", []one{{1}}),
		"one name of its own":     Write(f, "t", []twice{{1, 2}}),
		"field B: want":           Write(f, "t", []untagged{{1, 2}}),
		"want an exported int":    Write(f, "t", []slices{{1, nil}}),
		"want a struct":           Write(f, "t", []int{1}),
		"want a name of a-z":      Write(f, "../t", awkward),
		"row 1: column name":      Write(f, "t", []every{{}, {Name: "a\nb"}}),
		"not UTF-8":               Write(f, "t", []every{{Name: "\xff"}}),
		"at most 4096":            Write(f, "t", []every{{Name: strings.Repeat("x", maxText+1)}}),
		"holds a control charact": Write(f, "t", []every{{Name: "\r"}}),
	} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %q", err, name)
		}
	}
	if got := contents(t, f.Dir()); len(got) != 2 { // the manifest and the lock
		t.Errorf("left behind: %v", got)
	}
	for _, m := range []Manifest{{}, {Command: "c", Version: "v", Programs: "x"}, {Command: "c", Version: "v", Scenario: strings.Repeat("x", MaxScenarioBytes+1)}, {Command: "c\xff", Version: "v"}} {
		if _, err := Create(filepath.Join(t.TempDir(), "x"), m); err == nil {
			t.Errorf("%.40v: taken", m)
		}
	}
}

func TestHostileFolder(t *testing.T) {
	dir := t.TempDir()
	f := mustCreate(t, dir, manifest())
	if err := Write(f, "every", awkward); err != nil {
		t.Fatal(err)
	}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	good := contents(t, dir)
	csvFile := good["every.csv"]
	for _, c := range []struct{ name, file, content, want string }{
		{"cut table", "every.csv", csvFile[:40], "the manifest says"},
		{"longer table", "every.csv", csvFile + "7,7,7.0,x,true\n", "the manifest says"},
		{"changed number", "every.csv", strings.Replace(csvFile, "0.30000000000000004", "0.30000000000000003", 1), "its SHA-256 is not that of the manifest"},
		{"changed header", "every.csv", strings.Replace(csvFile, "number", "nunber", 1), "line 1: the header"},
		{"no number", "every.csv", strings.Replace(csvFile, "-1,", "x1,", 1), `line 3: column number: "x1", want a whole number`},
		{"one cell less", "every.csv", strings.Replace(csvFile, "7,7,-0.0", "7,7;-0.0", 1), "line 8: 4 cells, want 5"},
		{"open quote", "every.csv", strings.Replace(csvFile, "7,7,-0.0", `7,7,"0.0`, 1), "line 8: "},
		{"binary", "every.csv", strings.Repeat("\x00", len(csvFile)), "line 1"},
		{"no manifest end", manifestFile, good[manifestFile][:200], "unexpected EOF"},
		{"no JSON", manifestFile, "PAR1", "line 1: invalid character"},
		{"another format", manifestFile, strings.Replace(good[manifestFile], `"format": 1`, `"format": 2`, 1), "format 2, want 1"},
		{"unknown key", manifestFile, strings.Replace(good[manifestFile], `"seed"`, `"sead"`, 1), `unknown field "sead"`},
		{"another scenario", manifestFile, strings.Replace(good[manifestFile], "epochs: 30", "epochs: 31", 1), "not the digest of scenario"},
		{"a way out", manifestFile, strings.Replace(good[manifestFile], `"name": "every"`, `"name": "../every"`, 1), "want a name of a-z"},
		{"twice", manifestFile, good[manifestFile] + good[manifestFile], "more stands behind its end"},
		{"rows without end", manifestFile, strings.Replace(good[manifestFile], `"rows": 8`, `"rows": 99999999999`, 1), "rows, want 0 to"},
		{"more rows", manifestFile, strings.Replace(good[manifestFile], `"rows": 8`, `"rows": 9`, 1), "it has 8 rows, the manifest says 9"},
		{"fewer rows", manifestFile, strings.Replace(good[manifestFile], `"rows": 8`, `"rows": 7`, 1), "more rows than the 7"},
		{"other columns", manifestFile, strings.Replace(good[manifestFile], `"uint64"`, `"int64"`, 1), "has the columns number int64, count int64"},
	} {
		for name, content := range good {
			if name == c.file {
				content = c.content
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		f, err := Open(dir)
		if err == nil {
			_, err = Read[every](f, "every")
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// TestHugeFiles gives files of a gigabyte, sparse, and a manifest that is a folder.
func TestHugeFiles(t *testing.T) {
	dir := t.TempDir()
	f := mustCreate(t, dir, manifest())
	if err := Write(f, "every", awkward); err != nil {
		t.Fatal(err)
	}
	huge := func(name string) {
		if err := os.Truncate(filepath.Join(dir, name), 1<<30); err != nil {
			t.Fatal(err)
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	huge("every.csv")
	if _, err := Read[every](f, "every"); err == nil || !strings.Contains(err.Error(), "it has 1073741824 bytes") {
		t.Errorf("%v", err)
	}
	// With a manifest that agrees, the first line is too long.
	f.manifest.Tables[0].CSV.Bytes = 1 << 30
	if err := os.Truncate(filepath.Join(dir, "every.csv"), 0); err != nil {
		t.Fatal(err)
	}
	huge("every.csv")
	if _, err := Read[every](f, "every"); err == nil || !strings.Contains(err.Error(), "longer than 65536 bytes") {
		t.Errorf("%v", err)
	}
	f.Close()
	huge(manifestFile)
	_, opened := Open(dir)
	_, created := Create(dir, manifest())
	for _, err := range []error{opened, created} {
		if err == nil || !strings.Contains(err.Error(), "more than 8388608 bytes") {
			t.Errorf("%v", err)
		}
	}
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 128<<20 {
		t.Errorf("%d bytes were taken", taken)
	}
	if err := errors.Join(os.Remove(filepath.Join(dir, manifestFile)), syscall.Mkfifo(filepath.Join(dir, manifestFile), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("%v", err)
	}
}

// work writes a run with a table that it then replaces, and counts its steps. At step
// `stop`, from 1, halt is called.
func work(dir string, stop int, halt func() error) (steps int, names []string, err error) {
	d := disk{dir: dir, before: func(step, name string) error {
		steps++
		names = append(names, step+" "+name)
		if steps == stop {
			return halt()
		}
		return nil
	}}
	f, err := create(d, manifest())
	if err != nil {
		return steps, names, err
	}
	defer f.Close()
	for _, t := range []struct {
		name string
		rows []every
	}{{"a", awkward}, {"a", awkward[1:]}} {
		if err := Write(f, t.name, t.rows); err != nil {
			return steps, names, err
		}
	}
	return steps, names, f.Finish()
}

// consistent reads all that the manifest of a folder names.
func consistent(dir string) error {
	f, err := Open(dir)
	if errors.Is(err, ErrNoRun) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, t := range f.Manifest().Tables {
		rows, err := Read[every](f, t.Name)
		if err != nil {
			return err
		}
		if !f.holds(&t) {
			return fmt.Errorf("%s: the Parquet file is another", t.Name)
		}
		if !same(rows, awkward) && !same(rows, awkward[1:]) {
			return fmt.Errorf("%s holds %v", t.Name, rows)
		}
	}
	return nil
}

// TestDiskFullAtEveryStep lets each step of a run fail once, and goes on with it.
func TestDiskFullAtEveryStep(t *testing.T) {
	whole := inMemory(t)
	steps, names, err := work(whole, 0, nil)
	if err != nil || steps < 20 {
		t.Fatalf("%d steps, %v", steps, err)
	}
	for i, name := range names { // each name that is given belongs to a file that is durable
		if file, ok := strings.CutPrefix(name, "rename "); ok && !slices.Contains(names[:i], "sync "+file+partEnding) {
			t.Errorf("%s is published before it is durable", file)
		}
	}
	want := contents(t, whole)
	for stop := 1; stop <= steps; stop++ {
		dir := inMemory(t)
		_, _, err := work(dir, stop, func() error { return &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC} })
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free some space") {
			t.Fatalf("step %d, %s: %v", stop, names[stop-1], err)
		}
		if err := consistent(dir); err != nil {
			t.Errorf("after step %d, %s: %v", stop, names[stop-1], err)
		}
		for name := range contents(t, dir) {
			if strings.HasSuffix(name, partEnding) {
				t.Errorf("after step %d, %s: %s is left behind", stop, names[stop-1], name)
			}
		}
		if _, _, err := work(dir, 0, nil); err != nil && !errors.Is(err, ErrFinished) {
			t.Errorf("after step %d, %s: %v", stop, names[stop-1], err)
		}
		if !reflect.DeepEqual(contents(t, dir), want) {
			t.Errorf("after step %d, %s, the run has other files", stop, names[stop-1])
		}
	}
}

const crashAt = "ASSAY_TEST_CRASH_AT"

// TestCrashAtEveryStep ends a process before each step of a run, and goes on with it.
func TestCrashAtEveryStep(t *testing.T) {
	if at := os.Getenv(crashAt); at != "" {
		stop, err := strconv.Atoi(at)
		if err != nil {
			t.Fatal(err)
		}
		work(os.Getenv(crashAt+"_DIR"), stop, func() error { os.Exit(99); return nil })
		return
	}
	whole := inMemory(t)
	steps, names, err := work(whole, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := contents(t, whole)
	for stop := 1; stop <= steps; stop++ {
		dir := inMemory(t)
		cmd := exec.Command(os.Args[0], "-test.run=^TestCrashAtEveryStep$")
		cmd.Env = append(os.Environ(), crashAt+"="+strconv.Itoa(stop), crashAt+"_DIR="+dir)
		if cmd.Run(); cmd.ProcessState.ExitCode() != 99 {
			t.Fatalf("step %d: exit code %d", stop, cmd.ProcessState.ExitCode())
		}
		if err := consistent(dir); err != nil {
			t.Errorf("after step %d, %s: %v", stop, names[stop-1], err)
		}
		if _, _, err := work(dir, 0, nil); err != nil && !errors.Is(err, ErrFinished) {
			t.Errorf("after step %d, %s: %v", stop, names[stop-1], err)
		}
		if !reflect.DeepEqual(contents(t, dir), want) {
			t.Errorf("after step %d, %s, the run has other files", stop, names[stop-1])
		}
	}
}

// TestFullDisk fills a file system of 256 KiB. It needs the right to mount one.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skip("no file system can be mounted here:", err)
	}
	defer syscall.Unmount(dir, 0)
	rows := make([]every, 20_000)
	for i := range rows {
		rows[i] = every{i, uint64(i) * 0x9e3779b97f4a7c15, math.Sqrt(float64(i)), "x", true}
	}
	run := filepath.Join(dir, "run")
	f := mustCreate(t, run, manifest())
	if err := Write(f, "small", awkward); err != nil {
		t.Fatal(err)
	}
	err := Write(f, "large", rows)
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free some space") {
		t.Fatalf("%v", err)
	}
	if got, err := Read[every](f, "small"); err != nil || !same(got, awkward) || f.Has("large") {
		t.Errorf("%v, %v", got, err)
	}
	f.Close()
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT, "size=16m"); err != nil {
		t.Fatal(err)
	}
	f = mustCreate(t, run, manifest())
	if err := Write(f, "large", rows); err != nil || !f.Has("small") {
		t.Error(err)
	}
	if err := f.Finish(); err != nil {
		t.Error(err)
	}
}

func FuzzManifest(f *testing.F) {
	m := manifest().complete()
	text, err := m.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"format":1,"tables":[{"rows":-1}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := decodeManifest(text)
		if err != nil {
			return
		}
		again, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		n, err := decodeManifest(again)
		if err != nil {
			t.Fatal(err)
		}
		third, err := n.encode()
		if err != nil || !bytes.Equal(again, third) {
			t.Errorf("%s\n%s, %v", again, third, err)
		}
	})
}

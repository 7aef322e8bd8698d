package export

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/scoring"
)

// tree is every file of a folder with its digest.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		sum := sha256.Sum256(b)
		name, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(name)] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func kinds() []*program.Program {
	return []*program.Program{
		spam(),
		labelling("preference", program.Answers{Type: program.Pairwise}),
		labelling("score", program.Answers{Type: program.Scalar, Min: 0, Max: 2, Step: 0.5}),
		labelling("grade", program.Answers{Type: program.Ordinal, Labels: []string{"low", "middle", "high"}}),
		labelling("review", program.Answers{Type: program.Verdict, Labels: []string{"ham", "spam"}}),
	}
}

// Equal records give equal bytes, in whatever order they are given.
func TestEqualBytes(t *testing.T) {
	for _, p := range kinds() {
		a, _ := write(t, merge(t, record(t, p, 1, 0, 80), record(t, p, 2, 80, 140)), Options{ShardRows: 50})
		b, _ := write(t, merge(t, record(t, p, 2, 80, 140), record(t, p, 1, 0, 80)), Options{ShardRows: 50})
		first, second := tree(t, a), tree(t, b)
		for name, sum := range first {
			if second[name] != sum {
				t.Errorf("%s: %s differs", p.Name, name)
			}
		}
		if len(first) != len(second) {
			t.Errorf("%s: %d files and %d", p.Name, len(first), len(second))
		}
	}
}

// Every file is in the list of digests, but the list itself.
func TestChecksums(t *testing.T) {
	for _, p := range kinds() {
		out, w := write(t, merge(t, record(t, p, 1, 0, 120)), Options{ShardRows: 50})
		files, listed := tree(t, out), map[string]string{}
		for line := range strings.Lines(read(t, out, checksumFile)) {
			sum, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
			listed[name] = sum
		}
		if len(w.Files) != len(files) || len(listed) != len(files)-1 {
			t.Errorf("%s: %d files written, %d there, %d listed", p.Name, len(w.Files), len(files), len(listed))
		}
		for name, sum := range listed {
			if files[name] != sum {
				t.Errorf("%s: %s has digest %s, listed %s", p.Name, name, files[name], sum)
			}
		}
	}
}

func TestShards(t *testing.T) {
	for _, p := range kinds() {
		d := merge(t, record(t, p, 1, 0, 120))
		out, w := write(t, d, Options{ShardRows: 25})
		shards := (w.Rows + 24) / 25
		rows, schema := 0, ""
		for i := range shards {
			file, err := os.Open(filepath.Join(out, shardName(i, shards)))
			if err != nil {
				t.Fatal(err)
			}
			info, err := file.Stat()
			if err != nil {
				t.Fatal(err)
			}
			f, err := parquet.OpenFile(file, info.Size())
			if err != nil {
				t.Fatal(err)
			}
			rows += int(f.NumRows())
			if s := f.Schema().String(); schema != "" && s != schema {
				t.Errorf("%s: shard %d has the schema %s, others %s", p.Name, i, s, schema)
			} else {
				schema = s
			}
			var names []string
			for _, field := range f.Schema().Fields() {
				names = append(names, field.Name())
			}
			var want []string
			for _, c := range Columns(p) {
				want = append(want, c.Name)
			}
			if !slices.Equal(names, want) {
				t.Errorf("%s: columns %v, want %v", p.Name, names, want)
			}
			for _, g := range f.Metadata().RowGroups {
				for _, c := range g.Columns {
					if c.MetaData.Codec.String() != "ZSTD" {
						t.Errorf("%s: column %v is compressed by %v", p.Name, c.MetaData.PathInSchema, c.MetaData.Codec)
					}
				}
			}
			file.Close()
		}
		if rows != w.Rows || rows != len(d.Labels.Tasks) {
			t.Errorf("%s: %d rows in %d shards, want %d", p.Name, rows, shards, len(d.Labels.Tasks))
		}
	}
}

func TestProvenance(t *testing.T) {
	d := merge(t, record(t, spam(), 1, 0, 60), record(t, spam(), 2, 60, 90))
	out, _ := write(t, d, Options{})
	text := read(t, out, provenanceFile)
	if strings.Contains(text, "secret words") || strings.Contains(text, "0x0000000000000000000000000000000000000001") {
		t.Error("provenance tells a comment or a labeller's key")
	}
	early := 0
	lines := bufio.NewScanner(strings.NewReader(text))
	for i := 0; lines.Scan(); i++ {
		var o origin
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			t.Fatal(err)
		}
		task := d.rows[i]
		counted := 0
		for _, j := range o.Judgements {
			answers := d.tasks[task.At].Answers
			a := answers[slices.IndexFunc(answers, func(a scoring.JudgedAnswer) bool { return a.Miner.SS58() == j.Miner })]
			if j.Counts {
				counted++
				if !a.Passed {
					early++
				}
			}
			if j.Counts == (a.Miner == hotkey("miner", 5)) || j.Assignment != a.Assignment || j.Assignment == (item.Hash{}) {
				t.Errorf("judgement %+v of %+v", j, a)
			}
			if !strings.HasPrefix(j.Miner, "5") || !strings.HasPrefix(j.Labeller, "labeller-") {
				t.Errorf("judgement %+v", j)
			}
		}
		if o.Label != task.Label || counted != task.Judgements || len(o.Judgements) != 4 || o.Subjects[0] != task.Subjects[0] {
			t.Errorf("line %d: %+v, want %+v", i, o, task)
		}
	}
	if !strings.Contains(text, `"assignment":"0x`) || early == 0 {
		t.Errorf("%d answers from before the exam count", early)
	}
	if d.pseudonym("a") == d.pseudonym("b") {
		t.Error("pseudonyms do not tell labellers apart")
	}
	other := *d
	other.Version = "1.0.0+000000000000"
	if other.pseudonym("a") == d.pseudonym("a") {
		t.Error("pseudonyms are the same in another version")
	}
}

func TestOnlyAnExportIsReplaced(t *testing.T) {
	d := merge(t, record(t, spam(), 1, 0, 30))
	out, _ := write(t, d, Options{})
	before := tree(t, out)
	if _, err := Write(context.Background(), out, d, Options{}); !errors.Is(err, ErrExists) {
		t.Errorf("a folder in use: %v", err)
	}
	if _, err := Write(context.Background(), out, d, Options{Force: true, ShardRows: 10}); err != nil {
		t.Error(err)
	}
	if len(tree(t, out)) != len(before)+2 {
		t.Errorf("replaced: %v", tree(t, out))
	}
	stranger := filepath.Join(out, "thesis.txt")
	if err := os.WriteFile(stranger, []byte("irreplaceable"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(context.Background(), out, d, Options{Force: true}); !errors.Is(err, ErrExists) || !strings.Contains(err.Error(), "thesis.txt") {
		t.Errorf("a folder with something else: %v", err)
	}
	if read(t, stranger) != "irreplaceable" {
		t.Error("another's file is gone")
	}
}

// What fails or is interrupted leaves nothing behind.
func TestAllOrNothing(t *testing.T) {
	d := merge(t, record(t, spam(), 1, 0, 30))
	parent := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Write(ctx, filepath.Join(parent, "out"), d, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	d.tasks[d.rows[len(d.rows)-1].At].Items = nil
	if _, err := Write(context.Background(), filepath.Join(parent, "out"), d, Options{}); err == nil {
		t.Error("a task without its item is written")
	}
	if left := tree(t, parent); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if entries, _ := os.ReadDir(parent); len(entries) > 0 {
		t.Errorf("left behind: %v", entries)
	}
	file := filepath.Join(parent, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(context.Background(), file, d, Options{Force: true}); err == nil {
		t.Error("a file is taken for a folder")
	}
}

func TestRankingFiles(t *testing.T) {
	p := labelling("preference", program.Answers{Type: program.Pairwise})
	d := merge(t, record(t, p, 1, 0, 120))
	out, _ := write(t, d, Options{})
	rows, err := parquet.ReadFile[rankedRow](filepath.Join(out, rankingParquet))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(read(t, out, rankingCSV)), "\n")
	if len(rows) != 12 || len(lines) != 13 || lines[0] != "item,strength,lower,upper,rank_low,rank_high,games" {
		t.Fatalf("%d rows, %d lines, header %s", len(rows), len(lines), lines[0])
	}
	for i, r := range rows {
		if want := fmt.Sprintf("%s,%s,%s,%s,%d,%d,%d", r.Item, digits(r.Strength), digits(r.Lower), digits(r.Upper), r.RankLow, r.RankHigh, r.Games); lines[i+1] != want {
			t.Errorf("line %s, want %s", lines[i+1], want)
		}
		if r.Title == nil || !strings.HasPrefix(*r.Title, "=Title ") || i > 0 && r.Strength > rows[i-1].Strength {
			t.Errorf("row %d: %+v", i, r)
		}
	}
}

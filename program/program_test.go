package program_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/programs"
)

func forum(t testing.TB) (*program.Program, []byte) {
	t.Helper()
	source, err := programs.Files.ReadFile("forum.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := program.Decode(source)
	if err != nil {
		t.Fatal(err)
	}
	return p, source
}

func post(t testing.TB, uri, label string, time int64) *item.Item {
	t.Helper()
	c, err := item.Record{Author: "a", Title: "t", Body: "b", Time: time}.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return &item.Item{Kind: item.KindRecord, URI: uri, Canonical: c, Label: label}
}

func TestBucketFollowsSourceLabelAndTime(t *testing.T) {
	p, _ := forum(t)
	it := post(t, "http://forum.example/p/1", "fork", 3*86400+5)
	b, err := p.Bucket(it)
	if err != nil {
		t.Fatal(err)
	}
	if want := (item.Bucket{Program: p.ID(), Cell: 2, Span: 3}); b != want {
		t.Errorf("bucket %+v, want %+v", b, want)
	}
	if got := p.CellName(b.Cell); got != "forum/fork" {
		t.Errorf("cell is called %q", got)
	}
	other := post(t, "http://forum.example/p/1", "fork", 3*86400+5)
	other.Contributor, other.Licence = "someone", "CC0-1.0"
	k1, _ := p.Key(it)
	k2, _ := p.Key(other)
	if k1 != k2 {
		t.Error("contributor and licence make a new key")
	}
}

func TestItemsOutsideTheProgram(t *testing.T) {
	p, _ := forum(t)
	blob := post(t, "http://forum.example/p/1", "fork", 1)
	blob.Kind = item.KindBlob
	garbage := post(t, "http://forum.example/p/1", "fork", 1)
	garbage.Canonical = []byte{0xff}
	for name, it := range map[string]*item.Item{
		"host":    post(t, "http://elsewhere.example/p/1", "fork", 1),
		"port":    post(t, "http://forum.example:81/p/1", "fork", 1),
		"label":   post(t, "http://forum.example/p/1", "cooking", 1),
		"time":    post(t, "http://forum.example/p/1", "fork", -1),
		"kind":    blob,
		"content": garbage,
	} {
		if _, err := p.Bucket(it); !errors.Is(err, program.ErrOutside) {
			t.Errorf("%s: error %v, want ErrOutside", name, err)
		}
	}
}

func TestBindReplacesHosts(t *testing.T) {
	p, _ := forum(t)
	bound, err := p.Bind("forum", "127.0.0.1:8481")
	if err != nil {
		t.Fatal(err)
	}
	q, err := program.Decode(bound)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Cell(post(t, "http://127.0.0.1:8481/p/1", "ilug", 1)); err != nil {
		t.Error(err)
	}
	if q.ID() != p.ID() || q.Value.HalfLife != p.Value.HalfLife || q.Checks.Draws != p.Checks.Draws {
		t.Errorf("binding changed more than the hosts: %+v, was %+v", q, p)
	}
	if _, err := p.Bind("nowhere", "x"); err == nil {
		t.Error("a source that does not exist was bound")
	}
}

func TestBadProgramsSayWhatIsWrong(t *testing.T) {
	_, source := forum(t)
	for _, c := range []struct{ old, new, want string }{
		{"name: forum\nabout", "name: Forum!\nabout", "name: want lower-case"},
		{"kind: record", "kind: picture", `kind: "picture", want record`},
		{"task: collect", "tusk: collect", "tusk"},
		{"draws: 6", "draws: 60", "checks.draws: 60, want 1 to 32"},
		{"draws: 6", "draws: 0", "checks.draws: 0"},
		{"noise: 0.02", "noise: 0.5", "checks.noise"},
		{"half_life: 168h", "half_life: 1ms", "value.half_life"},
		{"span: 24h", "span: 1s", "value.span"},
		{"hosts: [forum.example]", "hosts: []", "at least one host"},
		{"hosts: [forum.example]", "hosts: ['http://127.0.0.1:7777/']", `"http://127.0.0.1:7777/" is no host, write example.org`},
		{"hosts: [forum.example]", "hosts: [forum.example/list]", "is no host"},
		{"hosts: [forum.example]", "hosts: [me@forum.example]", "is no host"},
		{"hosts: [forum.example]", "hosts: [Forum.example]", "is no host"},
		{"hosts: [forum.example]", "hosts: [forum.example, '*.example']", `"*.example" is no host`},
		{"labels: [exmh-users,", "labels: [fork,", `labels: "fork" is empty or stands twice`},
		{"body_max: 60000", "body_max: 0", "schema: body_min"},
		{"labels: [", "labels: [a1,a2,a3,a4,a5,a6,a7,a8,a9,b1,b2,b3,b4,b5,b6,b7,b8,b9,c1,c2,c3,c4,c5,c6,", "33 cells, at most 32"},
	} {
		bad := strings.Replace(string(source), c.old, c.new, 1)
		if bad == string(source) {
			t.Fatalf("%q is not in the program file", c.old)
		}
		_, err := program.Decode([]byte(bad))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.new, err, c.want)
		}
	}
}

func TestHosts(t *testing.T) {
	_, source := forum(t)
	for _, h := range []string{"forum.example", "forum.example:8080", "forum.example:80", "forum.example:443", "127.0.0.1:7777", "'[::1]:81'"} {
		good := strings.Replace(string(source), "hosts: [forum.example]", "hosts: ["+h+"]", 1)
		if _, err := program.Decode([]byte(good)); err != nil {
			t.Errorf("%s: %v", h, err)
		}
	}
}

func TestEmptyProgram(t *testing.T) {
	if _, err := program.Decode([]byte(" \n")); err == nil || err.Error() != "program file is empty" {
		t.Errorf("error %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	_, source := forum(f)
	f.Add(source)
	f.Add([]byte("name: x\nname: y"))
	f.Add([]byte("{"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := program.Decode(b)
		if err != nil {
			return
		}
		for cell := range p.CellCount() {
			if p.Demand(uint8(cell)) < 0 || p.CellName(uint8(cell)) == "" {
				t.Errorf("cell %d has demand %v and name %q", cell, p.Demand(uint8(cell)), p.CellName(uint8(cell)))
			}
		}
	})
}

package program_test

import (
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

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

// TestBindRoundTrip binds a program that leaves out all that may be left out, and one
// that has everything: but for the hosts, nothing changes.
func TestBindRoundTrip(t *testing.T) {
	_, full := forum(t)
	full = append(full, "  # the end\n"...)
	sparse := strings.NewReplacer("  author: true\n", "", "  body_min: 1\n", "", "  controls: 4\n", "", "  noise: 0.02\n", "", "  clock_skew: 2m\n", "", "about:", "# about:", "licence:", "# licence:").Replace(string(full))
	weighted := strings.Replace(string(full), "  half_life:", "  demand:\n    - {source: forum, label: fork, weight: 0.5}\n  half_life:", 1)
	for _, text := range []string{string(full), sparse, weighted} {
		p := decode(t, text)
		bound, err := p.Bind("forum", "127.0.0.1:8481", "[::1]:8481")
		if err != nil {
			t.Fatal(err)
		}
		q := decode(t, string(bound))
		if got := q.Sources[0].Hosts; !slices.Equal(got, []string{"127.0.0.1:8481", "[::1]:8481"}) {
			t.Errorf("bound to %v", got)
		}
		if len(q.Value.Demand) == 0 {
			q.Value.Demand = nil // written as an empty list
		}
		q.Sources = p.Sources
		if !reflect.DeepEqual(p, q) {
			t.Errorf("got\n%+v\nwant\n%+v", q, p)
		}
	}
	spam := decode(t, source(t, "spam.yaml"))
	if _, err := spam.Bind("forum", "x"); err == nil || !strings.Contains(err.Error(), `no source "forum"`) {
		t.Errorf("a program without sources was bound: %v", err)
	}
}

func TestBadProgramsSayWhatIsWrong(t *testing.T) {
	_, source := forum(t)
	for _, c := range []struct{ old, new, want string }{
		{"name: forum\nabout", "name: Forum!\nabout", `name: "Forum!", want lower-case`},
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
		{"body_max: 60000", "body_max: 0", "schema.body_max: 0, want 1 to 786432"},
		{"body_min: 1", "body_min: 60001", "schema.body_min: 60001, want 0 to body_max, which is 60000"},
		{"body_max: 60000", "body_max: 4611686018427387904", "schema.body_max: 4611686018427387904, want 1 to 786432"},
		{"body_max: 60000", "body_max: 200000", "may have 4800000 bytes, at most 3145728"},
		{"half_life: 168h", "half_life: 604800", "value.half_life: want a time such as 90s"},
		{"half_life: 168h", "half_life: 7d", `line 15, column 14: value.half_life: "7d", want a time such as 90s`},
		{"author: true", "author: yes", "schema.author: want true or false"},
		{"draws: 6", "draws: 6.5", "checks.draws: want a whole number"},
		{"labels: [", "question: Is it?\nlabels: [", "question: belongs to a program of kind judgement"},
		{"labels: [", "answers: {labels: [a]}\nlabels: [", "answers: belongs to a program of kind judgement"},
		{"labels: [", "labelling: {bar: 0.1}\nlabels: [", "labelling: belongs to a program of kind judgement"},
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
	for _, file := range []string{"forum.yaml", "spam.yaml", "preference.yaml"} {
		f.Add([]byte(source(f, file)))
	}
	f.Add([]byte("name: x\nname: y"))
	f.Add([]byte("{"))
	f.Add([]byte("name: &a [*a]\n? b\n<<: *a\n--- !!binary x\n"))
	f.Add([]byte(strings.Replace(source(f, "spam.yaml"), "type: category\n  labels: [ham, spam]", "type: scalar\n  min: -1e3\n  max: 5.5\n  step: 0.5", 1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := program.Decode(b)
		if err != nil {
			e, ok := errors.AsType[*program.Error](err)
			if !ok || len(e.Mistakes) == 0 || e.Error() == "" {
				t.Fatalf("an error of no mistakes: %v", err)
			}
			for _, m := range e.Mistakes {
				if m.What == "" || m.Line < 0 || m.Line > strings.Count(string(b), "\n")+strings.Count(string(b), "\r")+1 {
					t.Errorf("mistake %+v", m)
				}
			}
			return
		}
		for cell := range p.CellCount() {
			if p.Demand(uint8(cell)) < 0 || p.CellName(uint8(cell)) == "" {
				t.Errorf("cell %d has demand %v and name %q", cell, p.Demand(uint8(cell)), p.CellName(uint8(cell)))
			}
		}
		if p.Judges() {
			for _, l := range p.Answers.Labels {
				if p.Answers.Type != program.Verdict && p.Answers.Check(l) != nil {
					t.Errorf("the label %q is no answer", l)
				}
			}
			return
		}
		if p.MostDraws() < p.Checks.Draws {
			t.Errorf("%d draws, but %d fit into an answer", p.Checks.Draws, p.MostDraws())
		}
		bound, err := p.Bind(p.Sources[0].Name, "example.org")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := program.Decode(bound); err != nil && len(p.Sources) == 1 {
			t.Errorf("what was bound does not read back: %v\n%s", err, bound)
		}
	})
}

// The host of a plain address is found without parsing it, and is what parsing finds.
func TestHostIsThatOfTheParsedURI(t *testing.T) {
	letters := rapid.StringOfN(rapid.RuneFrom([]rune("aZ0.-_~/:@?#%[]& \x7fé\\")), 0, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		uri := rapid.SampledFrom([]string{"https://", "http://", "HTTP://", "ftp://", "https:/", "urn:"}).Draw(t, "scheme") + letters.Draw(t, "rest")
		want := ""
		if u, err := url.Parse(uri); err == nil {
			want = u.Host
		}
		if got := program.Host(uri); got != want {
			t.Fatalf("the host of %q is %q, parsed %q", uri, got, want)
		}
	})
}

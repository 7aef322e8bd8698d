package yamlfile

import (
	"strings"
	"testing"
	"time"
)

type settings struct {
	Name  string             `yaml:"name"`
	Share float64            `yaml:"share"`
	Wait  time.Duration      `yaml:"wait"`
	Count uint8              `yaml:"count"`
	Free  map[string]float64 `yaml:"free"`
	Each  []struct {
		N int `yaml:"n"`
	} `yaml:"each"`
	Hidden []byte `yaml:"-"`
}

func TestRead(t *testing.T) {
	var s settings
	f := Read("settings", []byte("name: a\nshare: 0.5\nwait: 90s\nfree: {x: 1, y: 2.5}\neach:\n  - n: 1\n  - n: 2\n"), 1000, &s)
	if f.Err() != nil || s.Name != "a" || s.Free["y"] != 2.5 || len(s.Each) != 2 || s.Wait != 90*time.Second {
		t.Fatalf("%+v, %v", s, f.Err())
	}
	f.Bad("each[1].n: %d, want 1", s.Each[1].N)
	f.Bad("free.x: %v, want more", s.Free["x"])
	f.Bad("each[1].other: belongs to the element")
	want := "settings: line 7, column 5: each[1].n: 2, want 1\nline 4, column 8: free.x: 1, want more\nline 7, column 6: each[1].other: belongs to the element"
	if got := f.Err().Error(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// Every mistake is told with its place, and all of them at once.
func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "settings file is empty",
		"# only\n":                  "settings file is empty",
		"\xff":                      "settings file is not UTF-8",
		"name: 1\nshare: x\n":       "line 1, column 7: name: want a text, and 1 is none: put it into quotes if it is meant\nline 2, column 8: share: want a number",
		"hidden: 1\n":               "line 1, column 1: hidden: unknown key, want one of count, each, free, name, share, wait",
		"each: {n: 1}\n":            "line 1, column 7: each: want a list",
		"free: 3\n":                 "line 1, column 7: free: want names and values",
		"free: {x: y}\n":            "line 1, column 11: free.x: want a number",
		"count: -3\n":               "line 1, column 8: count: want a whole number of 0 or more",
		"count: 300\n":              "line 1, column 8: count: want a whole number of 0 or more",
		"each: [{n: 1.5}]\n":        "line 1, column 12: each[0].n: want a whole number",
		"wait: 7d\n":                `line 1, column 7: wait: "7d", want a time such as 90s, 15m or 24h`,
		"name: &a b\n":              "line 1, column 7: name: anchors, aliases",
		"name: a\n---\nname: b\n":   "a second document; a settings file is one",
		"name: a\nname: b\n":        `line 2, column 1: mapping key "name" already defined`,
		strings.Repeat("[", 2000):   "more than 1024 opening brackets",
		strings.Repeat("a", 2e4):    "settings file has 20000 bytes, at most 10000 are allowed",
		"each:\n  - n: 1\n    m: 2": "line 3, column 5: each[0].m: unknown key, want one of n",
	} {
		var s settings
		err := Read("settings file", []byte(text), 10000, &s).Err()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("name: a\neach: [{n: 1}]\nfree: {x: .nan}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var s settings
		if r := Read("settings", text, 10000, &s); r.Err() == nil && len(text) > 10000 {
			t.Error("a file that is too long")
		}
	})
}

// A power of ten needs no point.
func TestPowersOfTen(t *testing.T) {
	for text, want := range map[string]float64{"1e-9": 1e-9, "1E3": 1000, "-2e+3 # two thousand less": -2000, "1.5e2": 150} {
		var got struct {
			A float64 `yaml:"a"`
		}
		if err := Read("f", []byte("a: "+text+"\n"), 100, &got).Err(); err != nil || got.A != want {
			t.Errorf("%s: %v, %v", text, got.A, err)
		}
	}
	for _, text := range []string{`"1e-9"`, "0x1p2", "infinity", "e", "1e", "1e5x"} {
		var got struct {
			A float64 `yaml:"a"`
		}
		if err := Read("f", []byte("a: "+text+"\n"), 100, &got).Err(); err == nil {
			t.Errorf("%s is read as %v", text, got.A)
		}
	}
}

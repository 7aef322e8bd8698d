package export

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/assaynet/assay/program"
)

// cardHeader is what the Hub reads of a card.
type cardHeader struct {
	License     any      `yaml:"license"`
	LicenseName string   `yaml:"license_name"`
	LicenseLink string   `yaml:"license_link"`
	Language    []string `yaml:"language"`
	Tasks       []string `yaml:"task_categories"`
	Sizes       []string `yaml:"size_categories"`
	Creators    []string `yaml:"annotations_creators"`
	Configs     []struct {
		Name    string `yaml:"config_name"`
		Default bool   `yaml:"default"`
		Files   []struct {
			Split string `yaml:"split"`
			Path  string `yaml:"path"`
		} `yaml:"data_files"`
	} `yaml:"configs"`
	Infos []struct {
		Name     string `yaml:"config_name"`
		Features []struct {
			Name     string `yaml:"name"`
			Dtype    string `yaml:"dtype"`
			Sequence string `yaml:"sequence"`
		} `yaml:"features"`
		Splits []struct {
			Name     string `yaml:"name"`
			Bytes    int64  `yaml:"num_bytes"`
			Examples int    `yaml:"num_examples"`
		} `yaml:"splits"`
		Download int64 `yaml:"download_size"`
		Size     int64 `yaml:"dataset_size"`
	} `yaml:"dataset_info"`
}

func card(t *testing.T, out string) (cardHeader, string) {
	t.Helper()
	parts := strings.SplitN(read(t, out, cardFile), "---\n", 3)
	var h cardHeader
	if err := yaml.Unmarshal([]byte(parts[1]), &h); err != nil {
		t.Fatal(err)
	}
	return h, parts[2]
}

func TestCardHeader(t *testing.T) {
	for _, p := range kinds() {
		out, w := write(t, merge(t, record(t, p, 1, 0, 120)), Options{Languages: []string{"en"}, ShardRows: 50})
		h, _ := card(t, out)
		if !slices.Equal(h.Sizes, []string{"n<1K"}) || !slices.Equal(h.Language, []string{"en"}) || len(h.Creators) == 0 || len(h.Tasks) != 1 {
			t.Errorf("%s: header %+v", p.Name, h)
		}
		if h.Configs[0].Name != "default" || !h.Configs[0].Default || h.Configs[0].Files[0].Path != "data/train-*.parquet" {
			t.Errorf("%s: configs %+v", p.Name, h.Configs)
		}
		if (len(h.Configs) == 2) != (p.Answers.Type == program.Pairwise) || len(h.Infos) != len(h.Configs) {
			t.Errorf("%s: %d configs, %d infos", p.Name, len(h.Configs), len(h.Infos))
		}
		info, columns := h.Infos[0], Columns(p)
		if len(info.Features) != len(columns) || info.Splits[0].Examples != w.Rows || info.Splits[0].Bytes != info.Size || info.Size <= 0 || info.Download != bytesIn(w.Files, "data/") {
			t.Errorf("%s: info %+v of %d rows", p.Name, info, w.Rows)
		}
		for i, f := range info.Features {
			if f.Name != columns[i].Name || (f.Sequence == "string") != (columns[i].Type == "strings") {
				t.Errorf("%s: feature %+v, column %+v", p.Name, f, columns[i])
			}
		}
	}
}

// What a program says cannot break out of the card.
func TestCardBody(t *testing.T) {
	out, _ := write(t, merge(t, record(t, spam(), 1, 0, 150)), Options{})
	_, body := card(t, out)
	if strings.Contains(body, "<script") || strings.Contains(body, "<b>") {
		t.Error("markup of the program is in the card")
	}
	contains(t, body, `Is it \*spam\*?`, "of 25 gold items that were held out", "95 % interval", "Krippendorff's α is", "| miner | answers |", "5FgvptzaHUYo4V3YVyG97N5FQwHzozXMKXY1bJfscikZQ9tR",
		"## Limits", "Plain majority** of the valid answers of all miners, passed or not", "earlier ones too", "answers are of miners that had not passed the exam when they were last judged", "Of 150 texts, 30 hold something like an e-mail address", "CC-BY-4.0: 150 rows", "version = {1.150.0+", "`item_id`")
}

// Without gold nothing is claimed.
func TestCardWithoutGold(t *testing.T) {
	r := record(t, spam(), 1, 0, 40)
	for i := range r.Tasks {
		r.Tasks[i].Truth = ""
		for k := range r.Tasks[i].Answers {
			r.Tasks[i].Answers[k].Passed = false
		}
	}
	d := merge(t, r)
	out, w := write(t, d, Options{})
	_, body := card(t, out)
	contains(t, body, "**Accuracy:** not measured", "No miner had passed the exam")
	if s := d.Summary(out, w); s.Accuracy != nil || !strings.Contains(s.String(), "accuracy not measured") {
		t.Errorf("summary %+v", s)
	}
}

func TestCroissant(t *testing.T) {
	for _, p := range kinds() {
		for _, rows := range []int{50, 1000} {
			out, w := write(t, merge(t, record(t, p, 1, 0, 120)), Options{ShardRows: rows, URL: "https://data.example/x"})
			var c struct {
				Context      map[string]any    `json:"@context"`
				Type         string            `json:"@type"`
				Conforms     []string          `json:"conformsTo"`
				Name         string            `json:"name"`
				URL          string            `json:"url"`
				Published    string            `json:"datePublished"`
				Creator      []json.RawMessage `json:"creator"`
				License      []string          `json:"license"`
				Distribution []struct {
					Type   string `json:"@type"`
					ID     string `json:"@id"`
					URL    string `json:"contentUrl"`
					SHA256 string `json:"sha256"`
				} `json:"distribution"`
				Sets []struct {
					ID    string `json:"@id"`
					Field []struct {
						ID     string `json:"@id"`
						Source struct {
							FileSet    map[string]string `json:"fileSet"`
							FileObject map[string]string `json:"fileObject"`
							Extract    map[string]string `json:"extract"`
						} `json:"source"`
					} `json:"field"`
				} `json:"recordSet"`
			}
			text := read(t, out, croissantFile)
			if err := json.Unmarshal([]byte(text), &c); err != nil {
				t.Fatal(err)
			}
			if c.Type != "sc:Dataset" || !slices.Contains(c.Conforms, "http://mlcommons.org/croissant/1.1") || c.Name != p.Name+"-labels" || c.URL != "https://data.example/x" || c.Published != "2026-09-21" || len(c.Creator) != 1 || len(c.License) == 0 {
				t.Errorf("%s: %+v", p.Name, c)
			}
			ids := map[string]bool{}
			for _, f := range c.Distribution {
				ids[f.ID] = true
				written, known := named(w.Files, f.URL)
				if f.Type == "cr:FileObject" && (!known || written.SHA256 != f.SHA256) {
					t.Errorf("%s: %+v, written %+v", p.Name, f, written)
				}
			}
			for _, s := range c.Sets {
				for _, f := range s.Field {
					from := f.Source.FileSet["@id"] + f.Source.FileObject["@id"]
					if ids[f.ID] || !ids[from] || f.ID != s.ID+"/"+f.Source.Extract["column"] {
						t.Errorf("%s: field %+v", p.Name, f)
					}
					ids[f.ID] = true
				}
			}
			contains(t, text, `"rai:annotationsPerItem"`, `"rai:dataLimitations"`, `"prov:wasDerivedFrom"`, `"cr:Label"`)
		}
	}
}

func TestLicences(t *testing.T) {
	r := record(t, spam(), 1, 0, 40)
	for i := range r.Tasks {
		licence := []string{"CC0-1.0", "MIT OR Apache-2.0", "LicenseRef-forum", ""}[i%4]
		id, encoded := mail(t, i, licence)
		r.Tasks[i].Subjects[0], r.Tasks[i].Items[0] = id, encoded
	}
	out, w := write(t, merge(t, r), Options{})
	h, body := card(t, out)
	if w.Rows != 30 || h.License != "other" || h.LicenseLink != licenceFile {
		t.Errorf("%d rows, header %+v", w.Rows, h)
	}
	contains(t, body, "LicenseRef-unknown: 10 rows, left out", "MIT OR Apache-2.0: 10 rows")
	contains(t, read(t, out, licenceFile), "https://spdx.org/licenses/Apache-2.0", "LicenseRef-forum  is not on the SPDX list")
	d, err := Merge([]*Record{r}, []string{"CC0-1.0", unknownLicence})
	if err != nil || len(d.rows) != 20 {
		t.Errorf("%v, %d rows", err, len(d.rows))
	}
	d, err = Merge([]*Record{r}, []string{"CC0-1.0"})
	if err != nil {
		t.Fatal(err)
	}
	out, _ = write(t, d, Options{})
	if h, _ := card(t, out); h.License != "cc0-1.0" {
		t.Errorf("licence %v", h.License)
	}
	if len(d.Labels.Tasks) != 40 {
		t.Error("what is left out for its licence took no part in the labels")
	}
}

func TestAddresses(t *testing.T) {
	for text, want := range map[string]bool{
		"write to jo@example.org": true, "a***@example": false, "me@localhost": false, "@here.now": false, "x @ y.z": false,
		"1@2.3 and": true, "end jo@example.": false, "two@one three@four.five": true, "": false, "@": false, "ü@example.org": false,
	} {
		if addresses(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("a <b> | `c` & \x00\n# d")
	f.Fuzz(func(t *testing.T, s string) {
		if out := plain(s); strings.ContainsAny(out, "<\n\r\x00") {
			t.Errorf("%q gives %q", s, out)
		}
	})
}

func TestSizeCategory(t *testing.T) {
	for rows, want := range map[int]string{0: "n<1K", 999: "n<1K", 1000: "1K<n<10K", 99_999: "10K<n<100K", 100_000: "100K<n<1M", 1_048_576: "1M<n<10M"} {
		if got := sizeCategory(rows); got != want {
			t.Errorf("%d: %s, want %s", rows, got, want)
		}
	}
	if name := shardName(3, 12); name != "data/train-00003-of-00012.parquet" {
		t.Error(name)
	}
	if ok, err := filepath.Match("data/train-*.parquet", shardName(3, 12)); !ok || err != nil {
		t.Error(fmt.Sprint("the card's pattern does not hold a shard: ", err))
	}
}

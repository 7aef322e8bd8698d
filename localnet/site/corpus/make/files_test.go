package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func read(t *testing.T, path string) (all []message) {
	t.Helper()
	packed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	plain, err := z.DecodeAll(packed, nil)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(plain) {
		var m message
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// The files that were made hold what corpus/README.md says of them.
func TestFiles(t *testing.T) {
	posted := map[string]*shelf{ham: newShelf(), spam: newShelf()}
	all := map[string][]message{ham: read(t, "../ham.jsonl.zst"), spam: read(t, "../spam.jsonl.zst")}
	for class, mails := range all {
		for _, m := range mails {
			if m.Label != "" {
				t.Errorf("%s is posted with its label", m.ID)
			}
			if class == spam && !decent(m) {
				t.Errorf("%s is not to be shown", m.ID)
			}
			if id, likeness := posted[class].nearest(m); class == spam && likeness > asGoodAs {
				t.Errorf("%s nearly repeats %s", m.ID, id)
			}
			posted[class].add(m)
		}
	}
	counts := map[string]int{}
	for _, m := range read(t, "../../../labeller/train.jsonl.zst") {
		counts[m.Label]++
		if posted[m.Label] == nil {
			t.Fatalf("%s has the label %q", m.ID, m.Label)
		}
		if id, likeness := posted[m.Label].nearest(m); likeness > related {
			t.Errorf("%s resembles %s, which is posted: %.2f", m.ID, id, likeness)
		}
		if scrub(m.Body) != m.Body || strings.Contains(strings.ReplaceAll(m.Title+m.Body, "a***@example", ""), "@") || !decent(m) {
			t.Errorf("%s is not clean", m.ID)
		}
	}
	if len(all[ham]) != 1496 || len(all[spam]) != 514 || counts[ham] != hamTrained || counts[spam] != 53 {
		t.Errorf("%d ham, %d spam, training %v", len(all[ham]), len(all[spam]), counts)
	}
}

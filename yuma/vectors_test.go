package yuma

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// decodeFile decodes a file of the reference vectors into v.
func decodeFile(t testing.TB, name string, v any) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := json.NewDecoder(f).Decode(v); err != nil {
		t.Fatalf("decode %s: %v", name, err)
	}
}

package chain

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// referenceDir holds recorded replies of the public chain and vectors made from
// its source. They are third-party data and not part of this repository.
const referenceDir = "../../shared/reference/chain/vectors"

func reference(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(referenceDir, name))
	if err != nil {
		t.Skipf("the reference vectors are not here: %v", err)
	}
	return b
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.TrimPrefix(strings.TrimSpace(s), "0x"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRecordedMetagraph(t *testing.T) {
	raw := unhex(t, string(reference(t, "recorded_selective_mechagraph.hex")))
	s, err := DecodeSelective(raw)
	if err != nil {
		t.Fatal(err)
	}
	m, err := metagraphOf(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Neurons) != 1024 {
		t.Errorf("neurons = %d, want 1024", len(m.Neurons))
	}
	again, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, raw) {
		t.Error("encoding what was decoded gives other bytes")
	}
}

package validator

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
)

func TestSecretsAreAReverseChain(t *testing.T) {
	seed := item.Sum("test seed")
	for _, length := range []uint64{1, 2, checkpoint - 1, checkpoint, checkpoint + 1, 3*checkpoint + 7} {
		s := newSecrets(seed, length)
		// The slow twin: from the far end, one Sum at a time.
		want := make([]item.Hash, length+1)
		want[length] = top(seed, length)
		for i := length; i > 0; i-- {
			want[i-1] = item.Sum(secretDomain, want[i][:])
		}
		for i, w := range want {
			if got := s.at(uint64(i)); got != w {
				t.Fatalf("length %d: secret %d is %s, want %s", length, i, got.Short(), w.Short())
			}
		}
		if s.tip() != want[0] || descend(want[length], length) != s.tip() {
			t.Errorf("length %d: the tip is %s", length, s.tip().Short())
		}
	}
	if newSecrets(seed, 10).at(3) == newSecrets(seed, 12).at(5) {
		t.Error("chains of two lengths share secrets")
	}
}

func TestSecretsOnDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secrets.seed")
	first, err := loadSecrets(path, 50, item.Hash{})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("seed file %v, %v", info, err)
	}
	again, err := loadSecrets(path, 50, first.tip())
	if err != nil || again.tip() != first.tip() {
		t.Errorf("loaded again: %v, %v", again, err)
	}
	// A record that announced another tip, or none, does not get these secrets.
	for _, announced := range []item.Hash{{}, item.Sum("another tip")} {
		other, err := loadSecrets(path, 50, announced)
		if err != nil || other.tip() == first.tip() {
			t.Errorf("loaded for %s: %v", announced.Short(), err)
		}
	}
	for _, text := range []string{"", "beef", strings.Repeat("z", 64), strings.Repeat("a", 66)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := loadSecrets(path, 50, item.Hash{}); err == nil {
			t.Errorf("seed %q is accepted", text)
		}
	}
	if _, err := loadSecrets(filepath.Join(path, "x"), 50, item.Hash{}); err == nil {
		t.Error("a path below a file is accepted")
	}
}

// When the secrets are used up, a new tip is announced between rounds.
func TestSecretsRunOut(t *testing.T) {
	w := newWorld(t, "a")
	w.cfg.SecretLength = 3
	j := &memory{}
	v, err := w.open(j)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.rounds(v, 8); err != nil {
		t.Fatal(err)
	}
	var used []uint64
	for _, o := range bodies[*evidence.Opened](j.entries) {
		used = append(used, o.Secret)
	}
	if len(used) != 8 || used[2] != 3 || used[3] != 1 || used[7] != 2 {
		t.Errorf("secrets %v", used)
	}
	if r := mustReplay(t, j.entries); r.Tips != 3 {
		t.Errorf("%d tips, want 3", r.Tips)
	}
	// Going back to an earlier chain would reuse secrets that are known.
	started := bodies[*evidence.Started](j.entries)
	e, err := evidence.Next(j.Head(), started[0])
	if err != nil {
		t.Fatal(err)
	}
	if r, _ := Replay(each(append(j.entries, e)), nil); r.Mismatches != 1 || !strings.Contains(r.First.What, "earlier run") {
		t.Errorf("going back to the first tip: %v", r)
	}
}

func TestStreamChooses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, k := rapid.IntRange(0, 40).Draw(t, "n"), rapid.IntRange(0, 50).Draw(t, "k")
		list := make([]int, n)
		for i := range list {
			list[i] = i
		}
		got := choose(newStream(item.Sum("seed"), purposeControl, []byte(rapid.String().Draw(t, "index"))), list, k)
		if len(got) != min(n, k) {
			t.Fatalf("%d chosen of %d, asked for %d", len(got), n, k)
		}
		seen := map[int]bool{}
		for _, v := range got {
			if seen[v] || v < 0 || v >= n {
				t.Fatalf("chosen %v of %d", got, n)
			}
			seen[v] = true
		}
	})
}

// Over many streams each of five elements comes first about equally often.
func TestStreamIsUniform(t *testing.T) {
	const trials = 20000
	var first [5]int
	for i := range trials {
		s := newStream(item.Sum("seed"), purposeControl, []byte{byte(i), byte(i >> 8)})
		first[choose(s, []int{0, 1, 2, 3, 4}, 1)[0]]++
	}
	for v, n := range first {
		if n < trials/5-300 || n > trials/5+300 { // 5 standard deviations
			t.Errorf("%d comes first %d times of %d", v, n, trials)
		}
	}
}

package wallet

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assaynet/assay/protocol"
)

// tree is a folder of wallets as Bittensor's tools leave it, with the coldkey
// where it should not be.
func tree(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	alice := filepath.Join(dir, "alice")
	file(t, filepath.Join(alice, "coldkeypub.txt"), quoted("ss58Address", bobSS58))
	file(t, filepath.Join(alice, "coldkey"), quoted("secretSeed", aliceSeed))
	file(t, HotkeyPath(dir, "alice", "default"), quoted("secretSeed", aliceSeed, "ss58Address", aliceSS58))
	file(t, HotkeyPath(dir, "alice", "default")+pubSuffix, quoted("ss58Address", aliceSS58))
	file(t, HotkeyPath(dir, "alice", "sealed"), naclMark+strings.Repeat("x", 80))
	file(t, HotkeyPath(dir, "alice", "sealed")+pubSuffix, quoted("ss58Address", aliceSS58))
	open := file(t, HotkeyPath(dir, "alice", "shared"), quoted("secretSeed", aliceSeed))
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	file(t, HotkeyPath(dir, "bare", "one"), quoted("secretPhrase", phrase))
	file(t, filepath.Join(dir, gethName), gethScrypt)
	file(t, filepath.Join(dir, "backup"), quoted("secretSeed", aliceSeed)) // of a coldkey, for all a node knows
	file(t, filepath.Join(dir, "old-coldkey.json"), quoted("secretSeed", aliceSeed))
	file(t, HotkeyPath(dir, "bare", "my_Coldkey"), quoted("secretSeed", aliceSeed))
	file(t, filepath.Join(dir, "notes"), "no key")
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// gethName is the name of a keystore as go-ethereum gives it.
const gethName = "UTC--2026-11-25T16-00-00.000000000Z--00000000000000000000000000000000000000aa"

func TestList(t *testing.T) {
	dir := tree(t)
	wallets, files, err := List(dir, Options{})
	if err != nil || len(wallets) != 2 || len(files) != 1 {
		t.Fatalf("listed %+v, %+v, %v", wallets, files, err)
	}
	alice, bare := wallets[0], wallets[1]
	if alice.Name != "alice" || alice.Coldkey.SS58() != bobSS58 || alice.ColdkeyErr != nil || !alice.ColdkeyHere || len(alice.Hotkeys) != 3 {
		t.Errorf("listed %+v", alice)
	}
	plain, sealed, shared := alice.Hotkeys[0], alice.Hotkeys[1], alice.Hotkeys[2]
	if plain.Name != "default" || plain.Info.Hotkey.SS58() != aliceSS58 || plain.Info.Encrypted() || plain.Err != nil {
		t.Errorf("listed %+v", plain)
	}
	if sealed.Name != "sealed" || sealed.Info.Hotkey.SS58() != aliceSS58 || !sealed.Info.Encrypted() || sealed.Err != nil {
		t.Errorf("listed %+v", sealed)
	}
	if shared.Err == nil || !strings.Contains(shared.Err.Error(), "mode 0644") {
		t.Errorf("listed %+v", shared)
	}
	if bare.Name != "bare" || bare.ColdkeyErr == nil || bare.ColdkeyHere || len(bare.Hotkeys) != 2 || !errors.Is(bare.Hotkeys[0].Err, errColdkey) {
		t.Errorf("listed %+v", bare)
	}
	if files[0].Name != gethName || files[0].Info.Hotkey != protocol.HotkeyOf(files[0].Info.Address) || files[0].Info.Form != Keystore {
		t.Errorf("listed %+v", files[0])
	}
	if _, err := Open(filepath.Join(dir, "old-coldkey.json"), Options{}); !errors.Is(err, errColdkey) {
		t.Errorf("a copy of a coldkey by its name: %v", err)
	}
	for path, want := range map[string]string{filepath.Join(dir, "none"): "no such file", filepath.Join(dir, "alice", "coldkey"): "is not a folder"} {
		var asFile *FileError
		if _, _, err := List(path, Options{}); !errors.As(err, &asFile) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestColdkeyIsWarnedOf(t *testing.T) {
	dir := tree(t)
	a, err := Open(HotkeyPath(dir, "alice", "default"), Options{})
	if err != nil || len(a.Warnings) != 1 || !strings.Contains(a.Warnings[0], "A COLDKEY IS ON THIS MACHINE: "+filepath.Join(dir, "alice", "coldkey")) {
		t.Errorf("%v, warnings %q", err, a.Warnings)
	}
	if a, err = Open(HotkeyPath(dir, "bare", "one"), Options{}); err != nil || len(a.Warnings) != 0 {
		t.Errorf("%v, warnings %q", err, a.Warnings)
	}
	// A hotkey that is the coldkey of its wallet by account is one by another name.
	file(t, filepath.Join(dir, "alice", "coldkeypub.txt"), quoted("ss58Address", aliceSS58))
	for name, err := range map[string]error{
		"open":    second(Open(HotkeyPath(dir, "alice", "default"), Options{})),
		"inspect": second(Inspect(HotkeyPath(dir, "alice", "default"), Options{})),
	} {
		if err == nil || !strings.Contains(err.Error(), "that of the wallet's coldkey") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestCheckName(t *testing.T) {
	for name, ok := range map[string]bool{"default": true, "a b": true, "": false, ".": false, "..": false, "../x": false, "a/b": false, `a\b`: false, "a\x00": false} {
		if err := CheckName(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

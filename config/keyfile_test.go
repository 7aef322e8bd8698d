package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestKeyFile(t *testing.T) {
	dir := t.TempDir()
	d := Data{Key: filepath.Join(dir, "new", "hotkey")}
	var keyErr *KeyError
	if _, err := d.LoadKey(nil); !errors.As(err, &keyErr) || !strings.Contains(err.Error(), "--key.create") {
		t.Fatalf("no file: %v", err)
	}
	d.KeyCreate = true
	made, err := d.LoadKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := d.LoadKey(nil)
	if err != nil || again.Hotkey != made.Hotkey {
		t.Fatalf("read back %v, %v", again, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "new", ".hotkey-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	for mode, want := range map[os.FileMode]string{0o400: "", 0o600: "", 0o644: "chmod 600", 0o640: "chmod 600", 0o700: "chmod 600"} {
		if err := os.Chmod(d.Key, mode); err != nil {
			t.Fatal(err)
		}
		_, err := d.LoadKey(nil)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
}

func TestKeyFileErrorsKeepTheSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hotkey")
	const secret = "11223344556677889900aabbccddeeff11223344556677889900aabbccddeefg"
	if err := os.WriteFile(path, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Data{Key: path, KeyCreate: true}.LoadKey(nil)
	if err == nil || strings.Contains(err.Error(), secret[:8]) {
		t.Errorf("got %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != secret {
		t.Error("a file that was there has been written")
	}
}

func TestOneKeyFromRacingStarts(t *testing.T) {
	d := Data{Key: filepath.Join(t.TempDir(), "hotkey"), KeyCreate: true}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { _, _ = d.LoadKey(nil) }) // losers of the race get an error, never another key
	}
	wg.Wait()
	if _, err := d.LoadKey(nil); err != nil {
		t.Fatal(err)
	}
}

// A data folder that cannot be made is no fault of the key.
func TestDataFolderThatCannotBeMade(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{blocked, filepath.Join(blocked, "below")} {
		_, err := Data{Dir: dir, Key: filepath.Join(dir, "hotkey"), KeyCreate: true}.LoadKey(nil)
		var keyErr *KeyError
		var pathErr *fs.PathError
		if errors.As(err, &keyErr) || !errors.As(err, &pathErr) || !strings.Contains(err.Error(), "cannot make the data folder "+dir) {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

func TestCheckKey(t *testing.T) {
	d := Data{Key: filepath.Join(t.TempDir(), "hotkey")}
	if err := d.CheckKey(); err != nil {
		t.Errorf("a key that is not there yet: %v", err)
	}
	if err := os.WriteFile(d.Key, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	var keyErr *KeyError
	if err := d.CheckKey(); !errors.As(err, &keyErr) {
		t.Errorf("a file without a key: %v", err)
	}
}

package wallet

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// watch has the kernel report every opening of a file.
type watch struct {
	t  *testing.T
	fd int
}

func watchOpens(t *testing.T, path string) watch {
	t.Helper()
	fd, err := syscall.InotifyInit1(syscall.IN_NONBLOCK | syscall.IN_CLOEXEC)
	if err != nil {
		t.Skipf("this kernel does not report the opening of files: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if _, err := syscall.InotifyAddWatch(fd, path, syscall.IN_OPEN|syscall.IN_ACCESS); err != nil {
		t.Fatal(err)
	}
	return watch{t, fd}
}

// opened reports whether the file was opened since the last call.
func (w watch) opened() bool {
	var buf [4096]byte
	n, err := syscall.Read(w.fd, buf[:])
	if err != nil && !errors.Is(err, syscall.EAGAIN) {
		w.t.Fatal(err)
	}
	return n > 0
}

// No way into the package opens a coldkey, by whatever path it is led there: the
// kernel itself is the witness.
func TestColdkeyIsNeverOpened(t *testing.T) {
	dir := tree(t)
	alice := filepath.Join(dir, "alice")
	cold := filepath.Join(alice, "coldkey")
	hotkeys := filepath.Join(alice, hotkeysName)
	// Ways to a coldkey under another name.
	link := filepath.Join(hotkeys, "symbolic")
	chain := filepath.Join(hotkeys, "twice")
	hard := filepath.Join(hotkeys, "hard")
	for _, err := range []error{os.Symlink(cold, link), os.Symlink(link, chain), os.Link(cold, hard), os.Symlink(cold, hard+pubSuffix), os.Symlink(alice, filepath.Join(dir, "linked"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	w := watchOpens(t, cold)
	for _, path := range []string{
		cold, filepath.Join(hotkeys, "..", "coldkey"), filepath.Join(dir, "linked", "coldkey"), link, chain, hard,
		filepath.Join(alice, "COLDKEY"), filepath.Join(alice, "coldkey.bak"),
	} {
		if _, err := Open(path, Options{PassphraseFile: cold}); err == nil {
			t.Errorf("opened %s", path)
		}
		if _, err := Inspect(path, Options{}); err == nil {
			t.Errorf("inspected %s", path)
		}
		if _, err := (Options{PassphraseFile: path}).Passphrase(); err == nil {
			t.Errorf("took %s for a passphrase", path)
		}
		if _, _, err := List(path, Options{}); err == nil {
			t.Errorf("listed %s", path)
		}
	}
	for _, folder := range []string{dir, alice, hotkeys} {
		if _, _, err := List(folder, Options{}); err != nil {
			t.Error(err)
		}
	}
	if _, err := Open(HotkeyPath(dir, "alice", "default"), Options{Credentials: alice}); err != nil {
		t.Error(err)
	}
	if w.opened() {
		t.Fatal("a coldkey was opened")
	}
	// The witness is awake.
	if b, err := os.ReadFile(cold); err != nil || !bytes.Contains(b, []byte(aliceSeed)) || !w.opened() {
		t.Fatalf("the opening of the file is not reported: %v", err)
	}
}

// A coldkey that is a pipe would hang whoever opens it.
func TestColdkeyPipe(t *testing.T) {
	dir := t.TempDir()
	cold := filepath.Join(dir, "alice", "coldkey")
	path := file(t, HotkeyPath(dir, "alice", "default"), quoted("secretSeed", aliceSeed))
	if err := syscall.Mkfifo(cold, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := Open(path, Options{})
		_, _, listed := List(dir, Options{})
		_, coldErr := Open(cold, Options{})
		if !errors.Is(coldErr, errColdkey) {
			err = errors.Join(err, errors.New("opened a coldkey"))
		}
		done <- errors.Join(err, listed)
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("something waits at the coldkey")
	}
}

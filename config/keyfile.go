package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/assaynet/assay/protocol"
)

// maxKeyFile bounds a key file: 64 digits, a prefix and a line end, with room.
const maxKeyFile = 256

// KeyError is a key file that cannot be used. Its text says what to do and never
// holds a part of the key.
type KeyError struct {
	Path string
	err  error
}

// Error names the file and the cure.
func (e *KeyError) Error() string { return "key file " + e.Path + ": " + e.err.Error() }

// Unwrap gives the cause.
func (e *KeyError) Unwrap() error { return e.err }

// LoadKey reads the hotkey from its file. With KeyCreate a file that is not there
// is made; one that is there is never written.
func (d Data) LoadKey() (*protocol.Key, error) {
	key, err := readKey(d.Key)
	if err == nil {
		return key, nil
	}
	missing := errors.Is(err, fs.ErrNotExist)
	if missing && d.KeyCreate || errors.Is(err, syscall.ENOTDIR) {
		if err := d.makeDir(); err != nil {
			return nil, err
		}
	}
	switch {
	case missing && d.KeyCreate:
		key, err = createKey(d.Key)
	case missing:
		err = fmt.Errorf("%w; --key.create makes one", err)
	}
	if err != nil {
		return nil, &KeyError{Path: d.Key, err: err}
	}
	return key, nil
}

// makeDir makes the data folder. Its error is a *fs.PathError, a matter of the data
// and not of the key.
func (d Data) makeDir() error {
	if d.Dir == "" {
		return nil
	}
	if err := os.MkdirAll(d.Dir, 0o700); err != nil {
		return fmt.Errorf("cannot make the data folder %s: %w", d.Dir, err)
	}
	return nil
}

// CheckKey reads the key file if there is one.
func (d Data) CheckKey() error {
	if _, err := readKey(d.Key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &KeyError{Path: d.Key, err: err}
	}
	return nil
}

func readKey(path string) (*protocol.Key, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, plain(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, plain(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	if mode := info.Mode().Perm(); mode != 0o600 && mode != 0o400 {
		return nil, fmt.Errorf("mode %04o lets others at it; chmod 600 %s", mode, path)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, plain(err)
	}
	return protocol.ParseKey(strings.TrimSpace(string(b)))
}

// createKey writes a new key: complete under another name first, then linked to
// its own, so that a crash leaves no half key and a racing start no second one.
func createKey(path string) (*protocol.Key, error) {
	key, err := protocol.GenerateKey()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, plain(err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".hotkey-*") // mode 0600
	if err != nil {
		return nil, plain(err)
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(key.Hex() + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, plain(err)
	}
	if err := os.Link(f.Name(), path); err != nil {
		return nil, plain(err)
	}
	return key, nil
}

// plain drops the path from a file error, for KeyError names it.
func plain(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		return l.Err
	}
	return err
}

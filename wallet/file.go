package wallet

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Bounds of what is read. A key file of any form has less than 2 KiB.
const (
	maxKeyFile    = 16 << 10
	maxPassphrase = 4 << 10
	maxPublicFile = 16 << 10
)

// The names in a Bittensor wallet.
const (
	coldkeyName    = "coldkey"
	coldkeyPubName = "coldkeypub.txt"
	hotkeysName    = "hotkeys"
	pubSuffix      = "pub.txt" // of a hotkey's public half
)

// FileError is a file that cannot be used. Its text says what to do and never holds
// a part of a secret.
type FileError struct {
	Path string
	What string // "key file" if empty
	err  error
}

// Error names the file and the cure.
func (e *FileError) Error() string {
	what := e.What
	if what == "" {
		what = "key file"
	}
	return fmt.Sprintf("%s %s: %v", what, e.Path, e.err)
}

// Unwrap gives the cause.
func (e *FileError) Unwrap() error { return e.err }

// errColdkey is the refusal of a path that names a coldkey.
var errColdkey = errors.New("this is a coldkey by its name, and a node never opens one; give a hotkey, which is in the wallet's folder " + hotkeysName)

// isColdkey reports whether a file is a coldkey, or a copy of one, by its name.
func isColdkey(path string) bool {
	name := strings.ToLower(filepath.Base(path))
	return strings.Contains(name, coldkeyName) && name != coldkeyPubName
}

// locate follows the path to the file. It opens nothing. A coldkey is refused by
// the name that was given and by that of what it leads to.
func locate(path string) (string, fs.FileInfo, error) {
	if isColdkey(path) {
		return "", nil, errColdkey
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", nil, plain(err)
	}
	if isColdkey(real) {
		return "", nil, errColdkey
	}
	info, err := os.Lstat(real)
	if err != nil {
		return "", nil, plain(err)
	}
	if !info.Mode().IsRegular() {
		return "", nil, errors.New("not a regular file")
	}
	return real, info, nil
}

// read reads a file whole. It must be the one that locate found, no larger than
// most, and pass check.
func read(path string, most int64, check func(fs.FileInfo) error) ([]byte, error) {
	real, found, err := locate(path)
	if err != nil {
		return nil, err
	}
	if err := sameAsColdkey(real, found); err != nil {
		return nil, err
	}
	f, err := os.Open(real)
	if err != nil {
		return nil, plain(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, plain(err)
	}
	if !os.SameFile(info, found) {
		return nil, errors.New("the file was replaced while it was being opened")
	}
	if err := check(info); err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, plain(err)
	}
	if int64(len(b)) > most {
		return nil, fmt.Errorf("it has more than %d bytes, which none of its kind has", most)
	}
	return b, nil
}

// readSecret reads a file that must be its owner's alone. Only a credential of the
// service manager may show a group: where it grants the service's user access by
// an access list, the list's mask appears in that place.
func (o Options) readSecret(path string, most int64) ([]byte, error) {
	return read(path, most, func(info fs.FileInfo) error {
		mode := info.Mode().Perm()
		if mode == 0o600 || mode == 0o400 || mode == 0o440 && o.credential(path) {
			return nil
		}
		return fmt.Errorf("mode %04o lets others at it; chmod 600 %s", mode, path)
	})
}

// credential reports whether the path is of the service manager's credentials.
func (o Options) credential(path string) bool {
	return o.Credentials != "" && filepath.Dir(filepath.Clean(path)) == filepath.Clean(o.Credentials)
}

func readPublic(path string) ([]byte, error) {
	return read(path, maxPublicFile, func(fs.FileInfo) error { return nil })
}

// coldkeysBeside are the places where a coldkey would lie: beside the key file, and
// in the wallet that a hotkey is part of.
func coldkeysBeside(path string) []string {
	dir := filepath.Dir(path)
	out := []string{filepath.Join(dir, coldkeyName)}
	if filepath.Base(dir) == hotkeysName {
		out = append(out, filepath.Join(filepath.Dir(dir), coldkeyName))
	}
	return out
}

// sameAsColdkey refuses a hard link to the coldkey beside.
func sameAsColdkey(path string, found fs.FileInfo) error {
	for _, cold := range coldkeysBeside(path) {
		if info, err := os.Lstat(cold); err == nil && os.SameFile(info, found) {
			return fmt.Errorf("the same file as %s; a node never opens a coldkey", cold)
		}
	}
	return nil
}

// resolved is the path without symbolic links, as far as that can be told.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// coldkeyWarnings tells of coldkeys that lie where a node can find them.
func coldkeyWarnings(path string) []string {
	var out []string
	for _, cold := range coldkeysBeside(resolved(path)) {
		if info, err := os.Lstat(cold); err == nil && !info.IsDir() {
			out = append(out, "A COLDKEY IS ON THIS MACHINE: "+cold+". It is not read, but whoever breaks in can take all that it owns. Keep it elsewhere; a node needs the hotkey and coldkeypub.txt only.")
		}
	}
	return out
}

// plain drops the path from a file error, for FileError names it.
func plain(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		return l.Err
	}
	return err
}

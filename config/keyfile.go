package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/assaynet/assay/wallet"
)

// KeyError is a key file that cannot be used.
type KeyError = wallet.FileError

// KeyPath is the file that the hotkey is in.
func (d Data) KeyPath() string {
	if d.Wallet.chosen() {
		return d.Wallet.hotkeyPath()
	}
	return d.Key
}

func (d Data) options(notice func(string)) wallet.Options {
	return wallet.Options{PassphraseFile: d.Passphrase, Credentials: d.credentials, Notice: notice}
}

// LoadKey opens the hotkey. With KeyCreate a file that is not there is made; one
// that is there is never written. Notice, which may be nil, is told before something
// takes long.
func (d Data) LoadKey(notice func(string)) (*wallet.Account, error) {
	path := d.KeyPath()
	account, err := wallet.Open(path, d.options(notice))
	if err == nil {
		return account, nil
	}
	missing := d.isMissing(err)
	if missing && d.KeyCreate || errors.Is(err, syscall.ENOTDIR) {
		if err := d.makeDir(); err != nil {
			return nil, err
		}
	}
	switch {
	case missing && d.KeyCreate:
		return d.create(path)
	case missing && d.Wallet.chosen():
		return nil, fmt.Errorf("%w; see what there is with: assay wallet list --wallet.path %s", err, d.Wallet.Path)
	case missing:
		return nil, fmt.Errorf("%w; --key.create makes one, and so does assay wallet new", err)
	}
	return nil, err
}

// create makes the hotkey, encrypted if there is a passphrase for it.
func (d Data) create(path string) (*wallet.Account, error) {
	pass, err := d.options(nil).Passphrase()
	switch {
	case errors.Is(err, wallet.ErrNoPassphrase):
		return wallet.Create(path)
	case err != nil:
		return nil, err
	}
	return wallet.CreateKeystore(path, pass)
}

// isMissing reports whether it is the key file, and not that of the passphrase,
// that is not there.
func (d Data) isMissing(err error) bool {
	e, ok := errors.AsType[*wallet.FileError](err)
	return ok && e.Path == d.KeyPath() && errors.Is(err, fs.ErrNotExist)
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

// CheckKey opens the hotkey if its file is there. In a wallet it must be.
func (d Data) CheckKey() error {
	_, err := wallet.Open(d.KeyPath(), d.options(nil))
	if err != nil && !(d.isMissing(err) && !d.Wallet.chosen()) {
		return err
	}
	return nil
}

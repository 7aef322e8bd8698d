package wallet

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
)

// PassphraseCredential is the name of the service manager's credential that is used
// when no passphrase file is given.
const PassphraseCredential = "assay-passphrase"

// Options say where secrets may come from besides the key file.
type Options struct {
	// PassphraseFile holds the passphrase; a line end after it does not belong to
	// it.
	PassphraseFile string
	// Credentials is the folder of the service manager's credentials,
	// $CREDENTIALS_DIRECTORY of systemd; empty if there is none.
	Credentials string
	// Notice, if set, is told before something takes much time or memory.
	Notice func(text string)
}

func (o Options) notice(text string) {
	if o.Notice != nil {
		o.Notice(text)
	}
}

// ErrNoPassphrase is an encrypted key without a passphrase to open it with.
var ErrNoPassphrase = errors.New("it is encrypted: give the file with its passphrase with --key.passphrase-file, or the systemd credential " + PassphraseCredential)

// Passphrase reads the passphrase from the file or the credential. A passphrase is
// never taken from a flag or a variable, where others can see it.
func (o Options) Passphrase() (string, error) {
	path := o.PassphraseFile
	if path == "" {
		if o.Credentials == "" {
			return "", ErrNoPassphrase
		}
		path = filepath.Join(o.Credentials, PassphraseCredential)
	}
	b, err := o.readSecret(path, maxPassphrase)
	if o.PassphraseFile == "" && errors.Is(err, fs.ErrNotExist) {
		return "", ErrNoPassphrase
	}
	b = bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
	if err == nil && len(b) == 0 {
		err = errors.New("it is empty")
	}
	if err != nil {
		return "", &FileError{Path: path, What: "passphrase file", err: err}
	}
	return string(b), nil
}

package wallet

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/assaynet/assay/protocol"
)

// Create makes a new key and its file of 64 hex digits, mode 0600. A file that is
// there is never written. The error is a *FileError.
func Create(path string) (*Account, error) {
	return create(path, Plain, func(k *protocol.Key) ([]byte, error) { return []byte(k.Hex() + "\n"), nil })
}

// CreateKeystore is Create with an encrypted file, such as go-ethereum makes and
// reads.
func CreateKeystore(path, passphrase string) (*Account, error) {
	if passphrase == "" {
		return nil, &FileError{Path: path, err: errors.New("an empty passphrase protects nothing")}
	}
	return create(path, Keystore, func(k *protocol.Key) ([]byte, error) { return encryptKeystore(k, passphrase) })
}

func create(path string, form Form, encode func(*protocol.Key) ([]byte, error)) (*Account, error) {
	if isColdkey(path) {
		return nil, &FileError{Path: path, err: errColdkey}
	}
	key, err := protocol.GenerateKey()
	if err != nil {
		return nil, &FileError{Path: path, err: err}
	}
	content, err := encode(key)
	if err == nil {
		err = writeNew(path, content)
	}
	if err != nil {
		return nil, &FileError{Path: path, err: plain(err)}
	}
	a := ofEthereum(key, form)
	if err := a.finish(path); err != nil {
		return nil, &FileError{Path: path, err: err}
	}
	return a, nil
}

// writeNew writes a file that is not there yet: complete under another name first,
// then linked to its own, so that a crash leaves no half key and a racing start no
// second one.
func writeNew(path string, content []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".hotkey-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

package wallet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/assaynet/assay/protocol"
)

// How the encrypted forms begin that come from Bittensor.
const (
	naclMark    = "$NACL"
	ansibleMark = "$ANSIBLE_VAULT"
	fernetMark  = "gAAAAA"
)

var errForm = errors.New("holds no key: want 64 hex digits of a secp256k1 key, an Ethereum keystore file, or a hotkey of a Bittensor wallet")

// outdated is the refusal of what old versions of Bittensor's tools wrote.
func outdated(form string) error {
	return fmt.Errorf("it is encrypted with %s, which Bittensor's tools no longer write and which is not opened here; make the same hotkey again from its words with: btcli wallet regen-hotkey", form)
}

// Open opens the hotkey in a file of any form. The error is a *FileError.
func Open(path string, o Options) (*Account, error) {
	b, err := o.readSecret(path, maxKeyFile)
	if err != nil {
		return nil, &FileError{Path: path, err: err}
	}
	a, err := o.parse(b)
	if err == nil {
		err = a.finish(path)
	}
	if err != nil {
		return nil, pathed(path, err)
	}
	return a, nil
}

// pathed names the key file, unless the error is already about another file.
func pathed(path string, err error) error {
	if other, ok := errors.AsType[*FileError](err); ok {
		return fmt.Errorf("key file %s: %w", path, other)
	}
	return &FileError{Path: path, err: err}
}

// parse opens the key in a file's bytes.
func (o Options) parse(b []byte) (*Account, error) {
	form, err := formOf(b)
	if err != nil {
		return nil, err
	}
	switch form {
	case Keystore:
		return o.openKeystore(b)
	case NaCl:
		return o.openNaCl(b)
	case Bittensor:
		return parseBittensor(b, Bittensor)
	default:
		k, err := protocol.ParseKey(strings.TrimSpace(string(b)))
		if err != nil {
			return nil, errForm
		}
		return ofEthereum(k, Plain), nil
	}
}

// formOf tells the form by how a file begins.
func formOf(b []byte) (Form, error) {
	text := bytes.TrimSpace(b)
	switch {
	case bytes.HasPrefix(b, []byte(naclMark)):
		return NaCl, nil
	case bytes.HasPrefix(b, []byte(ansibleMark)):
		return "", outdated("Ansible Vault")
	case bytes.HasPrefix(b, []byte(fernetMark)):
		return "", outdated("Fernet")
	case !bytes.HasPrefix(text, []byte("{")):
		return Plain, nil
	}
	var keys map[string]json.RawMessage
	if json.Unmarshal(text, &keys) != nil {
		return "", errors.New("holds JSON that is cut short or damaged")
	}
	if keys["crypto"] != nil || keys["Crypto"] != nil {
		return Keystore, nil
	}
	return Bittensor, nil
}

// finish completes an opened account and makes sure that it is no coldkey.
func (a *Account) finish(path string) error {
	a.Path = path
	a.Warnings = coldkeyWarnings(path)
	if cold, ok := coldkeyOf(path); ok && cold == a.Hotkey {
		return fmt.Errorf("its account %s is that of the wallet's coldkey; a node never works with one, make a hotkey of its own", cold.SS58())
	}
	return nil
}

// coldkeyOf is the account in the coldkeypub.txt of a hotkey's wallet.
func coldkeyOf(path string) (protocol.Hotkey, bool) {
	dir := filepath.Dir(resolved(path))
	if filepath.Base(dir) != hotkeysName {
		return protocol.Hotkey{}, false
	}
	h, err := readPublicAccount(filepath.Join(filepath.Dir(dir), coldkeyPubName))
	return h, err == nil
}

// CheckName checks the name of a wallet or of a hotkey within one.
func CheckName(name string) error {
	if name == "" || strings.HasPrefix(name, ".") || strings.ContainsAny(name, "/\\\x00") {
		return fmt.Errorf("%q is not a name of a wallet or hotkey, it has no slash and does not begin with a dot", name)
	}
	return nil
}

// HotkeyPath is the file of a hotkey in a folder of Bittensor wallets.
func HotkeyPath(folder, name, hotkey string) string {
	return filepath.Join(folder, name, hotkeysName, hotkey)
}

package wallet

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/assaynet/assay/protocol"
)

// maxEntries bounds the entries of a folder that are looked at.
const maxEntries = 4096

// Inspect tells what a key file holds, without a passphrase. The error is a
// *FileError.
func Inspect(path string, o Options) (Info, error) {
	b, err := o.readSecret(path, maxKeyFile)
	if err != nil {
		return Info{}, &FileError{Path: path, err: err}
	}
	form, err := formOf(b)
	if err != nil {
		return Info{}, &FileError{Path: path, err: err}
	}
	info := Info{Path: path, Form: form, Warnings: coldkeyWarnings(path)}
	switch form {
	case Keystore:
		f, err := parseKeystore(b)
		if err != nil {
			return Info{}, &FileError{Path: path, err: err}
		}
		info.Kind = Secp256k1
		if address, named, _ := f.address(); named {
			info.Address, info.Hotkey = address, protocol.HotkeyOf(address)
		}
	case NaCl:
		info.Kind = Sr25519
		if h, err := readPublicAccount(path + pubSuffix); err == nil {
			info.Hotkey = h
		}
	default:
		a, err := o.parse(b)
		if err == nil {
			err = a.finish(path)
		}
		if err != nil {
			return Info{}, &FileError{Path: path, err: err}
		}
		info = a.Info
	}
	return info, nil
}

// Entry is a key file in a folder, or why it is none.
type Entry struct {
	Name string
	Info Info
	Err  error
}

// Wallet is a Bittensor wallet as far as a node may see it.
type Wallet struct {
	Name string
	// Coldkey is the account in coldkeypub.txt; zero if ColdkeyErr is set.
	Coldkey    protocol.Hotkey
	ColdkeyErr error
	// ColdkeyHere reports that the coldkey itself lies in the wallet.
	ColdkeyHere bool
	Hotkeys     []Entry
}

// keystoreName is how go-ethereum names a keystore: time and address.
var keystoreName = regexp.MustCompile(`^UTC--.*--[0-9a-fA-F]{40}$`)

// List looks through a folder: the Bittensor wallets in it, and the keystores that
// go-ethereum made in it. Any other file is passed over unopened, since it might be
// a coldkey under another name. The error is a *FileError.
func List(folder string, o Options) (wallets []Wallet, files []Entry, err error) {
	entries, err := entriesOf(folder)
	if err != nil {
		return nil, nil, &FileError{Path: folder, What: "wallet folder", err: plain(err)}
	}
	for _, name := range entries {
		path := filepath.Join(folder, name)
		info, err := os.Stat(path)
		if err != nil || isColdkey(path) && !info.IsDir() {
			continue
		}
		if info.IsDir() {
			if w, ok := look(path, o); ok {
				wallets = append(wallets, w)
			}
			continue
		}
		if keystoreName.MatchString(name) {
			files = append(files, o.entry(path))
		}
	}
	return wallets, files, nil
}

// look reads the public side of a wallet. A folder without hotkeys and without a
// coldkey's public half is none.
func look(dir string, o Options) (Wallet, bool) {
	w := Wallet{Name: filepath.Base(dir)}
	w.Coldkey, w.ColdkeyErr = readPublicAccount(filepath.Join(dir, coldkeyPubName))
	_, err := os.Lstat(filepath.Join(dir, coldkeyName))
	w.ColdkeyHere = err == nil
	hotkeys := filepath.Join(dir, hotkeysName)
	names, err := entriesOf(hotkeys)
	if err != nil && w.ColdkeyErr != nil {
		return Wallet{}, false
	}
	for _, name := range names {
		path := filepath.Join(hotkeys, name)
		if info, err := os.Stat(path); err == nil && (info.IsDir() || strings.HasSuffix(name, pubSuffix)) {
			continue
		}
		w.Hotkeys = append(w.Hotkeys, o.entry(path))
	}
	return w, true
}

func (o Options) entry(path string) Entry {
	info, err := Inspect(path, o)
	return Entry{Name: filepath.Base(path), Info: info, Err: err}
}

// entriesOf are the names in a folder, sorted, without hidden ones.
func entriesOf(folder string) ([]string, error) {
	if info, err := os.Stat(folder); err != nil {
		return nil, err
	} else if !info.IsDir() { // before it is opened: it might be a coldkey
		return nil, fmt.Errorf("%s is not a folder", folder)
	}
	f, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(maxEntries + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(entries) > maxEntries {
		return nil, fmt.Errorf("%s has more than %d entries", folder, maxEntries)
	}
	var out []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			out = append(out, e.Name())
		}
	}
	slices.Sort(out)
	return out, nil
}

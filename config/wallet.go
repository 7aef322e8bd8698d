package config

import (
	"path/filepath"
	"strings"

	"github.com/assaynet/assay/wallet"
)

// bittensorWallets is where Bittensor's tools keep wallets.
const bittensorWallets = "~/.bittensor/wallets"

// Wallet names a hotkey of a Bittensor wallet. Any of its settings chooses it
// instead of a key file; the others then have Bittensor's defaults.
type Wallet struct {
	Name   string `key:"wallet.name" alias:"wallet-name,wallet_name" help:"Bittensor wallet that the hotkey is in, instead of --key (default \"default\" if wallet.hotkey or wallet.path is given)" env:"BT_WALLET_NAME"`
	Hotkey string `key:"wallet.hotkey" alias:"wallet-hotkey,wallet_hotkey" help:"name of the hotkey in the wallet (default \"default\" if wallet.name or wallet.path is given)" env:"BT_WALLET_HOTKEY"`
	Path   string `key:"wallet.path" alias:"wallet-path,wallet_path" help:"folder of the wallets (default ~/.bittensor/wallets if wallet.name or wallet.hotkey is given)" env:"BT_WALLET_PATH"`
}

func walletKeys() []string { return []string{"wallet.name", "wallet.hotkey", "wallet.path"} }

// walletSource is where the first of the wallet's settings was given.
func (t *Table) walletSource() string {
	for _, key := range walletKeys() {
		if t.Given(key) {
			return t.byKey[key].Source.Name
		}
	}
	return ""
}

// chosen reports whether the hotkey is in a wallet.
func (w Wallet) chosen() bool { return w.Name != "" }

func (w Wallet) hotkeyPath() string { return wallet.HotkeyPath(w.Path, w.Name, w.Hotkey) }

// complete fills in the rest if any part of a wallet is given, and reports whether
// one is.
func (w *Wallet) complete(t *Table, env func(string) string, p *Problems) bool {
	if t.walletSource() == "" {
		return false
	}
	if w.Name == "" {
		w.Name = "default"
	}
	if w.Hotkey == "" {
		w.Hotkey = "default"
	}
	if w.Path == "" {
		w.Path = bittensorWallets
	}
	for i, name := range []string{w.Name, w.Hotkey} {
		if err := wallet.CheckName(name); err != nil {
			p.at(t.byKey[walletKeys()[i]].Source, "%v", err)
		}
	}
	w.Path = inHome(w.Path, env, p)
	return true
}

// inHome replaces a leading ~ by the home folder, as a shell does before a flag's
// value but not in a file.
func inHome(path string, env func(string) string, p *Problems) string {
	rest, ok := strings.CutPrefix(path+"/", "~/")
	if !ok {
		return path
	}
	if env("HOME") == "" {
		p.add("--wallet.path", "%s cannot be found where HOME is not set", path)
		return path
	}
	return filepath.Join(env("HOME"), rest)
}

// WalletNew is the settings of "assay wallet new".
type WalletNew struct {
	Passphrase string `key:"key.passphrase-file" alias:"passphrase-file" help:"file with the passphrase to encrypt with, mode 0600 or 0400 (default the systemd credential assay-passphrase)"`
	Plain      bool   `key:"plain" help:"do not encrypt: whoever can read the file has the key"`

	credentials string
}

func (w *WalletNew) complete(t *Table, env func(string) string, p *Problems) {
	w.credentials = env("CREDENTIALS_DIRECTORY")
	if w.Plain && w.Passphrase != "" {
		p.at(t.byKey["plain"].Source, "contradicts %s; a plain file has no passphrase", t.byKey["key.passphrase-file"].Source.Name)
	}
}

// Options are where the passphrase comes from.
func (w *WalletNew) Options() wallet.Options {
	return wallet.Options{PassphraseFile: w.Passphrase, Credentials: w.credentials}
}

// WalletList is the settings of "assay wallet list".
type WalletList struct {
	Path string `key:"wallet.path" alias:"wallet-path,wallet_path" help:"folder with Bittensor wallets or key files" env:"BT_WALLET_PATH"`
	JSON bool   `key:"json" help:"as one JSON object"`
}

// DefaultWalletList looks where Bittensor's tools keep wallets.
func DefaultWalletList() *WalletList { return &WalletList{Path: bittensorWallets} }

func (w *WalletList) complete(_ *Table, env func(string) string, p *Problems) {
	w.Path = inHome(w.Path, env, p)
}

// WalletShow is the settings of "assay wallet show".
type WalletShow struct {
	Wallet     Wallet
	Passphrase string `key:"key.passphrase-file" alias:"passphrase-file" help:"file with the passphrase, mode 0600 or 0400: also try whether it opens the hotkey"`
	JSON       bool   `key:"json" help:"as one JSON object"`

	credentials string
}

func (w *WalletShow) complete(t *Table, env func(string) string, p *Problems) {
	w.credentials = env("CREDENTIALS_DIRECTORY")
	w.Wallet.complete(t, env, p)
}

// File is the hotkey's file in the wallet; empty if no wallet was named.
func (w *WalletShow) File() string {
	if !w.Wallet.chosen() {
		return ""
	}
	return w.Wallet.hotkeyPath()
}

// Options are where the passphrase comes from.
func (w *WalletShow) Options(notice func(string)) wallet.Options {
	return wallet.Options{PassphraseFile: w.Passphrase, Credentials: w.credentials, Notice: notice}
}

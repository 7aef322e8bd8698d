package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assaynet/assay/wallet"
)

func TestWalletSettings(t *testing.T) {
	home, file := home(), write(t, "wallet:\n  path: ~/keys\n")
	const dir = "/home/op/.bittensor/wallets/"
	for name, tc := range map[string]struct {
		env  []string
		args []string
		want string
	}{
		"none":          {home, nil, "/home/op/.local/state/assay/devnet/1/miner/hotkey"},
		"name":          {home, []string{"--wallet.name=alice"}, dir + "alice/hotkeys/default"},
		"hotkey":        {home, []string{"--wallet.hotkey=h2"}, dir + "default/hotkeys/h2"},
		"path":          {home, []string{"--wallet.path=/w"}, "/w/default/hotkeys/default"},
		"dashes":        {home, []string{"--wallet-name", "a", "--wallet-hotkey", "b", "--wallet-path", "/w"}, "/w/a/hotkeys/b"},
		"underscores":   {home, []string{"--wallet_name", "a", "--wallet_hotkey", "b", "--wallet_path", "/w"}, "/w/a/hotkeys/b"},
		"variables":     {append(home, "BT_WALLET_NAME=a", "BT_WALLET_HOTKEY=b", "BT_WALLET_PATH=/v"), nil, "/v/a/hotkeys/b"},
		"file and home": {home, []string{"--config", file}, "/home/op/keys/default/hotkeys/default"},
		"key":           {home, []string{"--key=/k"}, "/k"},
	} {
		m, _, err := load(t, tc.env, tc.args...)
		if err != nil || m.Data.KeyPath() != tc.want {
			t.Errorf("%s: %s, %v; want %s", name, m.Data.KeyPath(), err, tc.want)
		}
	}
}

func TestWalletContradictions(t *testing.T) {
	for args, want := range map[string]string{
		"--key=/k --wallet.name=a":            "--key: contradicts --wallet.name",
		"--key=/k --wallet_hotkey=a":          "--key: contradicts --wallet_hotkey",
		"--key.create --wallet.path=/w":       "--key.create: contradicts --wallet.path",
		"--wallet.name=../a":                  `--wallet.name: "../a" is not a name`,
		"--wallet.name=a --wallet.hotkey=b/c": `--wallet.hotkey: "b/c" is not a name`,
	} {
		_, _, err := load(t, home(), strings.Fields(args)...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", args, err)
		}
	}
	_, _, err := load(t, append(home(), "BT_WALLET_NAME=a"), "--key=/k")
	if err == nil || !strings.Contains(err.Error(), "--key: contradicts BT_WALLET_NAME") {
		t.Errorf("flag and variable: %v", err)
	}
	if _, _, err := load(t, home(), "--wallet.name=a", "--no-key.create"); err != nil {
		t.Errorf("no contradiction: %v", err)
	}
	if _, _, err := load(t, []string{"XDG_STATE_HOME=/s"}, "--wallet.name=a"); err == nil || !strings.Contains(err.Error(), "HOME is not set") {
		t.Errorf("no home: %v", err)
	}
}

func TestLoadKeyOfWallet(t *testing.T) {
	dir := t.TempDir()
	path := wallet.HotkeyPath(dir, "alice", "default")
	m, _, err := load(t, home(), "--wallet.path", dir, "--wallet.name=alice")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Data.LoadKey(nil); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "assay wallet list --wallet.path "+dir) {
		t.Errorf("no such hotkey: %v", err)
	}
	if err := m.Data.CheckKey(); err == nil {
		t.Error("a wallet without the hotkey passes the check")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(`{"secretSeed": "`+strings.Repeat("07", 32)+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := m.Data.LoadKey(nil)
	if err != nil || a.Kind != wallet.Sr25519 {
		t.Errorf("loaded %v, %v", a, err)
	}
	if err := m.Data.CheckKey(); err != nil {
		t.Error(err)
	}
}

// A passphrase that is missing is no reason to make a key.
func TestMissingPassphraseFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "hotkey")
	if _, err := wallet.CreateKeystore(path, "correct horse"); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := Data{Key: path, KeyCreate: true, Passphrase: filepath.Join(dir, "none")}
	if _, err := d.LoadKey(nil); err == nil || !strings.Contains(err.Error(), "passphrase file "+d.Passphrase) || strings.Contains(err.Error(), "--key.create") {
		t.Errorf("got %v", err)
	}
	if err := d.CheckKey(); err == nil {
		t.Error("the check passes")
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the file was changed: %v", err)
	}
	// The service manager's credential takes its place.
	if err := os.WriteFile(filepath.Join(dir, wallet.PassphraseCredential), []byte("correct horse\n"), 0o440); err != nil {
		t.Fatal(err)
	}
	m, _, err := load(t, append(home(), "CREDENTIALS_DIRECTORY="+dir), "--key", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Data.LoadKey(nil); err != nil {
		t.Error(err)
	}
	// With a passphrase at hand, a key is not made in the clear.
	m.Data.Key, m.Data.KeyCreate = path+"2", true
	if a, err := m.Data.LoadKey(nil); err != nil || a.Form != wallet.Keystore {
		t.Errorf("made %v, %v", a, err)
	}
	m.Data.Key, m.Data.Passphrase = path+"3", filepath.Join(dir, "none")
	if _, err := m.Data.LoadKey(nil); err == nil {
		t.Error("made a key without the passphrase that was named")
	}
}

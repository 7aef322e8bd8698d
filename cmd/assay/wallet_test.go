package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/wallet"
)

// secretFile writes a file that is its owner's alone.
func secretFile(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWalletNewAndShow(t *testing.T) {
	dir := t.TempDir()
	pass := secretFile(t, filepath.Join(dir, "pass"), "correct horse\n")
	path := filepath.Join(dir, "hotkey.json")
	a, made, talk := trial("wallet", "new", path, "--passphrase-file", pass)
	if code := a.run(); code != codeOK || !strings.Contains(talk.String(), "assay devnet --fund 0x") {
		t.Fatalf("exit code %d, %s", code, talk)
	}
	a, shown, _ := trial("wallet", "show", path, "--json", "--key.passphrase-file", pass)
	if code := a.run(); code != codeOK {
		t.Fatal(code)
	}
	var f walletFacts
	if err := json.Unmarshal([]byte(shown.String()), &f); err != nil || !f.Opened || !f.Encrypted || f.Kind != "secp256k1" || f.File != path {
		t.Errorf("%v, %s", err, shown)
	}
	hotkey, err := protocol.ParseAccount(f.SS58)
	if err != nil || hotkey.String() != f.Hotkey {
		t.Errorf("%s is %s, %v", f.SS58, hotkey, err)
	}
	for _, fact := range []string{f.Address, f.SS58, f.Hotkey} {
		if !strings.Contains(made.String(), fact) || len(fact) < 42 {
			t.Errorf("no %q in\n%s", fact, made)
		}
	}
	plain := filepath.Join(dir, "plain")
	a, out, talk := trial("wallet", "new", plain, "--plain")
	if code := a.run(); code != codeOK {
		t.Fatal(code, talk)
	}
	secret, err := os.ReadFile(plain)
	if err != nil || strings.Contains(out.String()+talk.String(), strings.TrimSpace(string(secret))) {
		t.Errorf("the secret is shown: %v", err)
	}
}

func TestWalletRefusals(t *testing.T) {
	dir := t.TempDir()
	pass := secretFile(t, filepath.Join(dir, "pass"), "correct horse\n")
	wrong := secretFile(t, filepath.Join(dir, "wrong"), "battery staple\n")
	sealed := filepath.Join(dir, "sealed")
	if _, err := wallet.CreateKeystore(sealed, "correct horse"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"wallet nwe", codeUsage, `did you mean "new"?`},
		{"wallet new", codeUsage, "takes 1 argument, the file to make"},
		{"wallet new " + dir + "/x", codeUsage, "--passphrase-file"},
		{"wallet new " + dir + "/x --plain --passphrase-file " + pass, codeUsage, "contradicts --passphrase-file"},
		{"wallet new " + sealed + " --passphrase-file " + pass, codeKey, "file exists: it is never overwritten, choose another path"},
		{"wallet new " + dir + "/coldkey --plain", codeKey, "never opens one"},
		{"wallet new " + dir + "/x --passphrase-file " + dir + "/none", codeKey, "passphrase file " + dir + "/none: no such file"},
		{"wallet show", codeUsage, "needs the FILE"},
		{"wallet show x --wallet.name y", codeUsage, "one hotkey"},
		{"wallet show x y", codeUsage, "one hotkey"},
		{"wallet show --walet.name y", codeUsage, "did you mean --wallet.name?"},
		{"wallet show " + dir + "/none", codeKey, "no such file"},
		{"wallet show " + sealed + " --passphrase-file " + wrong, codeKey, "the passphrase is wrong"},
		{"wallet show --wallet.path " + dir + " --wallet.name a", codeKey, dir + "/a/hotkeys/default: no such file"},
		{"wallet show --wallet.path " + dir + " --wallet.name a", codeKey, `there is no wallet "a" in ` + dir + "; assay wallet list"},
		{"wallet list --wallet.path " + dir + "/none", codeKey, "wallet folder " + dir + "/none: no such file"},
		{"wallet list x", codeUsage, "takes no argument"},
	} {
		a, out, talk := trial(strings.Fields(c.args)...)
		if code := a.run(); code != c.code || !strings.Contains(talk.String(), c.want) || out.String() != "" {
			t.Errorf("%s: exit code %d, want %d and %q:\n%s%s", c.args, code, c.code, c.want, talk, out)
		}
	}
}

func TestWalletList(t *testing.T) {
	dir := t.TempDir()
	const bob = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
	seed := strings.Repeat("07", 32)
	secretFile(t, filepath.Join(dir, "alice", "coldkeypub.txt"), `{"ss58Address": "`+bob+`"}`)
	secretFile(t, filepath.Join(dir, "alice", "coldkey"), "$NACL")
	path := secretFile(t, wallet.HotkeyPath(dir, "alice", "default"), `{"secretSeed": "0x`+seed+`"}`)
	open := secretFile(t, wallet.HotkeyPath(dir, "alice", "open"), "x")
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	const own = "UTC--2026-11-25T16-00-00.000000000Z--00000000000000000000000000000000000000aa"
	if _, err := wallet.CreateKeystore(filepath.Join(dir, own), "passphrase"); err != nil {
		t.Fatal(err)
	}
	a, out, _ := trial("wallet", "list", "--wallet.path", dir)
	if code := a.run(); code != codeOK {
		t.Fatal(code)
	}
	for _, want := range []string{"wallet alice  coldkey " + bob, "WARNING: the coldkey itself is in", "default", "plain", "mode 0644", "keystores in " + dir, own} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	a, out, _ = trial("wallet", "list", "--wallet.path", dir, "--json")
	var list walletList
	if code := a.run(); code != codeOK || json.Unmarshal([]byte(out.String()), &list) != nil {
		t.Fatalf("exit code %d, %s", code, out)
	}
	if len(list.Wallets) != 1 || list.Wallets[0].Coldkey != bob || !list.Wallets[0].ColdkeyHere || len(list.Wallets[0].Hotkeys) != 2 ||
		list.Wallets[0].Hotkeys[0].SS58 == "" || list.Wallets[0].Hotkeys[1].Error == "" || len(list.Files) != 1 || list.Files[0].Address == "" {
		t.Errorf("listed %+v", list)
	}
	a, shown, talk := trial("wallet", "show", "--wallet.path", dir, "--wallet.name", "alice")
	if code := a.run(); code != codeOK || !strings.Contains(talk.String(), "A COLDKEY IS ON THIS MACHINE") || !strings.Contains(shown.String(), path) {
		t.Errorf("exit code %d, %s%s", code, talk, shown)
	}
	for _, s := range []string{out.String(), shown.String(), talk.String()} {
		if strings.Contains(s, seed) {
			t.Errorf("the secret is shown:\n%s", s)
		}
	}
	a, out, _ = trial("wallet", "list", "--wallet.path", t.TempDir())
	if code := a.run(); code != codeOK || !strings.HasPrefix(out.String(), "no wallets") {
		t.Errorf("exit code %d, %s", code, out)
	}
}

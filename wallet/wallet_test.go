package wallet

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ChainSafe/go-schnorrkel"

	"github.com/assaynet/assay/protocol"
)

const referenceDir = "../../shared/reference/chain/vectors"

func reference(t testing.TB, name string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(referenceDir, name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("the reference vectors are not beside this checkout")
	}
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// file writes a file that is its owner's alone.
func file(t testing.TB, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The well-known development key.
const (
	aliceSeed = "0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a"
	aliceSS58 = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
	bobSS58   = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
	phrase    = "old leopard transfer rib spatial phone calm indicate online fire caution review"
)

func quoted(pairs ...string) string {
	var parts []string
	for i := 0; i < len(pairs); i += 2 {
		parts = append(parts, fmt.Sprintf("%q: %q", pairs[i], pairs[i+1]))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func TestBittensorPlain(t *testing.T) {
	seed, err := schnorrkel.NewMiniSecretKeyFromHex(aliceSeed)
	if err != nil {
		t.Fatal(err)
	}
	scalar := seed.ExpandEd25519().Encode()
	private := "0x" + hex.EncodeToString(scalar[:]) + strings.Repeat("07", 32)
	for name, tc := range map[string]struct{ json, want string }{
		"private key":                  {quoted("privateKey", private, "publicKey", "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"), aliceSS58},
		"private key before the words": {quoted("secretPhrase", phrase, "privateKey", private), aliceSS58},
		"seed":                         {quoted("secretSeed", aliceSeed), aliceSS58},
		"seed and address":             {quoted("secretSeed", aliceSeed, "ss58Address", aliceSS58, "cryptoType", "1"), aliceSS58},
		"seed before the words":        {quoted("secretPhrase", phrase, "secretSeed", aliceSeed), aliceSS58},
		// The account that Bittensor's own wallet library expects of these words.
		"words": {quoted("secretPhrase", phrase), "5HDvhV6WDCjCKyrXqGQSDYqQAzkzabNhctmiDYEqgBC66BsX"},
	} {
		a, err := Open(file(t, filepath.Join(t.TempDir(), "hotkey"), tc.json), Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a.Hotkey.SS58() != tc.want || a.Kind != Sr25519 || a.Encrypted() {
			t.Errorf("%s: %s", name, a.Hotkey.SS58())
		}
		signs(t, a)
	}
}

// signs makes sure that an account's keys are what it says.
func signs(t *testing.T, a *Account) {
	t.Helper()
	sig, err := a.Signer().Sign([32]byte{1})
	if err != nil || protocol.Verify(a.Hotkey, [32]byte{1}, sig) != nil {
		t.Errorf("%s does not sign as its hotkey: %v", a, err)
	}
	_, native := a.Native()
	_, ethereum := a.Ethereum()
	if native == ethereum || native != (a.Kind == Sr25519) {
		t.Errorf("%s has the wrong keys", a)
	}
}

// The file was made by libsodium itself.
func TestNaCl(t *testing.T) {
	var v struct {
		Password  string `json:"password"`
		Derived   string `json:"derived_key"`
		File      string `json:"keyfile"`
		Plaintext string `json:"plaintext"`
	}
	reference(t, "keyfile_nacl.json", &v)
	raw, err := hex.DecodeString(v.File[2:])
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := file(t, filepath.Join(dir, "hotkey"), string(raw))
	if _, err := Open(path, Options{}); !errors.Is(err, ErrNoPassphrase) {
		t.Errorf("without a passphrase: %v", err)
	}
	if i, err := Inspect(path, Options{}); err != nil || !i.Encrypted() || !i.Hotkey.IsZero() {
		t.Errorf("inspected %+v, %v", i, err)
	}
	file(t, path+pubSuffix, quoted("ss58Address", aliceSS58))
	if i, err := Inspect(path, Options{}); err != nil || i.Hotkey.SS58() != aliceSS58 {
		t.Errorf("inspected with the public half beside: %+v, %v", i, err)
	}
	said := ""
	a, err := Open(path, Options{PassphraseFile: file(t, filepath.Join(dir, "pass"), v.Password+"\n"), Notice: func(s string) { said += s }})
	if err != nil || a.Hotkey.SS58() != aliceSS58 || a.Form != NaCl {
		t.Fatalf("opened %v, %v", a, err)
	}
	if !strings.Contains(said, "512 MiB") {
		t.Errorf("said %q beforehand", said)
	}
	signs(t, a)
	body := raw[len(naclMark):]
	key, _ := hex.DecodeString(v.Derived[2:])
	if _, err := unbox(body, (*[32]byte)(key)); err != nil {
		t.Errorf("with the stated key: %v", err)
	}
	key[0] ^= 1
	if _, err := unbox(body, (*[32]byte)(key)); !errors.Is(err, errPassphrase) {
		t.Errorf("with another key: %v", err)
	}
	if _, err := Open(file(t, path, string(raw[:40])), Options{}); err == nil || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("cut short: %v", err)
	}
}

// What cannot be opened says why, and never with a part of the secret.
func TestRefused(t *testing.T) {
	const secret = "11223344556677889900aabbccddeeff11223344556677889900aabbccddeeff"
	words := strings.Repeat("abandon ", 11)
	for name, tc := range map[string]struct{ content, want string }{
		"empty":            {"", "holds no key"},
		"text":             {"no key", "holds no key"},
		"short hex":        {secret[:63], "holds no key"},
		"beyond the curve": {strings.Repeat("f", 64), "holds no key"},
		"other JSON":       {"{}", "holds no key"},
		"cut JSON":         {`{"secretSeed": "` + secret, "cut short or damaged"},
		"wrong type":       {`{"secretSeed": 7}`, "holds no key"},
		"short seed":       {quoted("secretSeed", secret[:62]), "secretSeed is not hex of 32 bytes"},
		"bad private key":  {quoted("privateKey", strings.Repeat("f", 128)), "want the 32-byte seed"},
		"zero private key": {quoted("privateKey", strings.Repeat("0", 128)), "want the 32-byte seed"},
		"few words":        {quoted("secretPhrase", "abandon ability"), "12, 15, 18, 21 or 24 words"},
		"bad checksum":     {quoted("secretPhrase", words+"abandon"), "right checksum"},
		"strange word":     {quoted("secretPhrase", words+"xyzzy"), "right checksum"},
		"other account":    {quoted("secretSeed", aliceSeed, "ss58Address", bobSS58), "but it names " + bobSS58},
		"two accounts":     {quoted("secretSeed", aliceSeed, "ss58Address", bobSS58, "publicKey", "0x"+secret), "two accounts"},
		"bad address":      {quoted("secretSeed", aliceSeed, "ss58Address", bobSS58[:40]), "public fields"},
		"public half":      {quoted("ss58Address", aliceSS58), "public half"},
		"ansible":          {"$ANSIBLE_VAULT;1.1;AES256\n3133", "Ansible Vault"},
		"fernet":           {"gAAAAABhabcd", "Fernet"},
		"too large":        {strings.Repeat("0", maxKeyFile+1), "more than 16384 bytes"},
		"old keystore":     {`{"crypto": {}, "version": "1"}`, "version 3"},
	} {
		path := file(t, filepath.Join(t.TempDir(), "hotkey"), tc.content)
		_, err := Open(path, Options{})
		var asFile *FileError
		if err == nil || !errors.As(err, &asFile) || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "key file "+path+": ") {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, hidden := range []string{secret[:16], aliceSeed[2:18], "xyzzy", "abandon"} {
			if strings.Contains(err.Error(), hidden) {
				t.Errorf("%s: the error tells the secret: %v", name, err)
			}
		}
	}
}

func TestFilesThatOthersCanRead(t *testing.T) {
	dir := t.TempDir()
	key, err := Create(filepath.Join(dir, "hotkey"))
	if err != nil {
		t.Fatal(err)
	}
	for mode, open := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o440: false, 0o644: false, 0o660: false, 0o700: false} {
		if err := os.Chmod(key.Path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := Open(key.Path, Options{})
		if open && err != nil || !open && (err == nil || !strings.Contains(err.Error(), "chmod 600 "+key.Path)) {
			t.Errorf("mode %o: %v", mode, err)
		}
		// A credential may show the mask of its access list as a group's right.
		_, err = Open(key.Path, Options{Credentials: dir})
		if want := open || mode == 0o440; want != (err == nil) {
			t.Errorf("mode %o as a credential: %v", mode, err)
		}
	}
	if err := os.Chmod(key.Path, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(key.Path, link); err != nil {
		t.Fatal(err)
	}
	if a, err := Open(link, Options{}); err != nil || a.Hotkey != key.Hotkey {
		t.Errorf("through a link: %v", err)
	}
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{dir: "not a regular file", fifo: "not a regular file", filepath.Join(dir, "none"): "no such file"} {
		if _, err := Open(path, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestPassphrase(t *testing.T) {
	dir := t.TempDir()
	credential := file(t, filepath.Join(dir, PassphraseCredential), "from the manager")
	for content, want := range map[string]string{"a b": "a b", "a b\n": "a b", "a b\r\n": "a b", " a\n\n": " a\n"} {
		got, err := Options{PassphraseFile: file(t, filepath.Join(dir, "pass"), content)}.Passphrase()
		if err != nil || got != want {
			t.Errorf("%q gives %q, %v", content, got, err)
		}
	}
	if got, err := (Options{Credentials: dir}).Passphrase(); err != nil || got != "from the manager" {
		t.Errorf("credential: %q, %v", got, err)
	}
	if err := os.Remove(credential); err != nil {
		t.Fatal(err)
	}
	open := file(t, filepath.Join(dir, "open"), "x")
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		o    Options
		want string
	}{
		"none":               {Options{}, "--key.passphrase-file"},
		"no credential":      {Options{Credentials: dir}, "systemd credential " + PassphraseCredential},
		"missing":            {Options{PassphraseFile: dir + "/none"}, "passphrase file " + dir + "/none: no such file"},
		"empty":              {Options{PassphraseFile: file(t, dir+"/empty", "\n")}, "it is empty"},
		"open to others":     {Options{PassphraseFile: open}, "mode 0644"},
		"larger than needed": {Options{PassphraseFile: file(t, dir+"/large", strings.Repeat("x", maxPassphrase+1))}, "more than 4096 bytes"},
		"a coldkey":          {Options{PassphraseFile: dir + "/coldkey"}, "never opens one"},
	} {
		if _, err := tc.o.Passphrase(); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

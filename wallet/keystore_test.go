package wallet

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Files of other makers: the two examples of the Web3 Secret Storage definition,
// and one that go-ethereum made.
const (
	webPBKDF2 = `{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},` +
		`"ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2",` +
		`"kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256","salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},` +
		`"mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}`
	webScrypt = `{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},` +
		`"ciphertext":"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c","kdf":"scrypt",` +
		`"kdfparams":{"dklen":32,"n":262144,"r":1,"p":8,"salt":"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},` +
		`"mac":"2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}`
	gethScrypt = `{"address":"2c7536e3605d9c16a7a3d7b1898e529396a65c23","crypto":{"cipher":"aes-128-ctr",` +
		`"ciphertext":"441db667c5425b9cfddd5138edb8c1a7c76d1504c2e2c0bc85bf6c6c107dbf69","cipherparams":{"iv":"d7d918385fbb76f6998f7c356c643734"},` +
		`"kdf":"scrypt","kdfparams":{"dklen":32,"n":4096,"p":6,"r":8,"salt":"cf547027c4e61282e81771cb6eef442d3df12b789b2cd8ab189afbd1dae4da01"},` +
		`"mac":"e6d8fcd648ce02e8e5dc2b4af5ecc5e7b4f7d2d6edde724437a6365aea0bd0d4"},"id":"eb9ef6e3-f0e9-4358-91cf-352b6d5512ee","version":3}`
)

func TestKeystoreOfOthers(t *testing.T) {
	dir := t.TempDir()
	for _, tc := range []struct{ json, pass, key string }{
		{webPBKDF2, "testpassword", "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"},
		{webScrypt, "testpassword", "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"},
		{gethScrypt, "correct horse", "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"},
	} {
		a, err := Open(file(t, filepath.Join(dir, "key"), tc.json), Options{PassphraseFile: file(t, filepath.Join(dir, "pass"), tc.pass+"\n")})
		if err != nil {
			t.Fatal(err)
		}
		if k, ok := a.Ethereum(); !ok || k.Hex() != tc.key || a.Form != Keystore {
			t.Errorf("opened %v", a)
		}
		signs(t, a)
	}
}

func TestCreateKeystore(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "new", "hotkey.json")
	pass := file(t, filepath.Join(dir, "pass"), "correct horse")
	made, err := CreateKeystore(path, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	var f keystoreFile
	if b, err := os.ReadFile(path); err != nil || json.Unmarshal(b, &f) != nil || f.Crypto.KDFParams.N != standardScryptN || len(f.ID) != 36 {
		t.Errorf("wrote %+v, %v", f, err)
	}
	a, err := Open(path, Options{PassphraseFile: pass})
	if err != nil || a.Hotkey != made.Hotkey || a.Address != made.Address {
		t.Errorf("read back %v, %v", a, err)
	}
	i, err := Inspect(path, Options{})
	if err != nil || i.Hotkey != made.Hotkey || i.Address != made.Address || !i.Encrypted() {
		t.Errorf("inspected %+v, %v", i, err)
	}
	if _, err := CreateKeystore(path, "other"); !errors.Is(err, os.ErrExist) {
		t.Errorf("over a file that is there: %v", err)
	}
	if _, err := CreateKeystore(filepath.Join(dir, "x"), ""); err == nil {
		t.Error("made a file with an empty passphrase")
	}
	if _, err := Create(filepath.Join(dir, "coldkey")); !errors.Is(err, errColdkey) {
		t.Errorf("made a coldkey: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "new", ".hotkey-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestKeystoreRefused(t *testing.T) {
	dir := t.TempDir()
	right := Options{PassphraseFile: file(t, filepath.Join(dir, "pass"), "correct horse")}
	wrong := Options{PassphraseFile: file(t, filepath.Join(dir, "wrong"), "battery staple")}
	for name, tc := range map[string]struct {
		o              Options
		old, new, want string
	}{
		"wrong passphrase":   {wrong, "", "", "the passphrase is wrong"},
		"no passphrase":      {Options{}, "", "", "--key.passphrase-file"},
		"no passphrase file": {Options{PassphraseFile: dir + "/none"}, "", "", "passphrase file " + dir + "/none"},
		"changed text":       {right, "441db6", "441db7", "the passphrase is wrong"},
		"another address":    {right, "2c7536e3", "2c7536e4", "it says that it holds"},
		"bad address":        {right, "2c7536e3", "2c7536e", "address is not hex of 20 bytes"},
		"cipher":             {right, "aes-128-ctr", "aes-128-cbc", "not supported"},
		"derivation":         {right, `"scrypt"`, `"argon2"`, "not supported"},
		"pbkdf2 function":    {right, `"scrypt"`, `"pbkdf2"`, "not supported"},
		"length":             {right, `"dklen":32`, `"dklen":31`, "not supported"},
		"huge n":             {right, `"n":4096`, `"n":1073741824`, "would take more"},
		"zero n":             {right, `"n":4096`, `"n":0`, "would take more"},
		"odd n":              {right, `"n":4096`, `"n":4095`, "would take more"},
		"huge r":             {right, `"r":8`, `"r":9223372036854775807`, "would take more"},
		"huge p":             {right, `"p":6`, `"p":1000000000`, "would take more"},
		"negative p":         {right, `"p":6`, `"p":-1`, "would take more"},
		"p as text":          {right, `"p":6`, `"p":"6"`, "version 3"},
		"salt":               {right, "cf547027", "xf547027", "salt"},
		"iv":                 {right, "d7d91838", "d7d918", "iv is not hex"},
		"mac":                {right, "e6d8fcd6", "e6d8fc", "mac is not hex"},
		"text":               {right, "441db667", "441db6", "ciphertext is not hex"},
		"version":            {right, `"version":3`, `"version":4`, "version 3"},
	} {
		path := file(t, filepath.Join(dir, "key"), strings.Replace(gethScrypt, tc.old, tc.new, 1))
		if _, err := Open(path, tc.o); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParse: no file does harm, and none that opens without a passphrase makes an
// account that does not sign.
func FuzzParse(f *testing.F) {
	f.Add([]byte(gethScrypt))
	f.Add([]byte(quoted("secretSeed", aliceSeed, "ss58Address", aliceSS58)))
	f.Add([]byte(quoted("secretPhrase", phrase)))
	f.Add([]byte(quoted("privateKey", strings.Repeat("01", 64))))
	f.Add([]byte(naclMark + strings.Repeat("x", 80)))
	f.Add([]byte(strings.Repeat("1", 64) + "\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := Options{}.parse(b)
		if err == nil {
			signs(t, a)
		}
	})
}

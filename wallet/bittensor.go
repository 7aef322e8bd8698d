package wallet

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/ChainSafe/go-schnorrkel"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/nacl/secretbox"

	"github.com/assaynet/assay/protocol"
)

// bittensorFile is the JSON of a key of a Bittensor wallet. All fields may be
// missing; others are let pass, for the format belongs to others.
type bittensorFile struct {
	AccountID    *string `json:"accountId"`
	PublicKey    *string `json:"publicKey"`
	PrivateKey   *string `json:"privateKey"`
	SecretPhrase *string `json:"secretPhrase"`
	SecretSeed   *string `json:"secretSeed"`
	SS58Address  *string `json:"ss58Address"`
}

func given(s *string) bool { return s != nil && *s != "" }

// parseBittensor makes the key of the JSON. The seed is preferred to the private
// key and that to the words. The public fields must fit.
func parseBittensor(b []byte, form Form) (*Account, error) {
	var f bittensorFile
	if json.Unmarshal(b, &f) != nil {
		return nil, errForm
	}
	var k *protocol.Sr25519Key
	var secret []byte
	var err error
	switch {
	case given(f.SecretSeed):
		secret, err = unhex("secretSeed", *f.SecretSeed, 32)
	case given(f.PrivateKey):
		secret, err = unhex("privateKey", *f.PrivateKey, 64)
	case given(f.SecretPhrase):
		secret, err = seedOfPhrase(*f.SecretPhrase)
	case given(f.SS58Address) || given(f.PublicKey) || given(f.AccountID):
		return nil, errors.New("holds the public half of a key only; give the file of the hotkey itself, whose name does not end in " + pubSuffix)
	default:
		return nil, errForm
	}
	if err == nil {
		k, err = protocol.NewSr25519Key(secret)
	}
	if err != nil {
		return nil, err
	}
	if public, ok, err := f.account(); err != nil {
		return nil, err
	} else if ok && public != k.Hotkey() {
		return nil, fmt.Errorf("its secret makes the sr25519 account %s, but it names %s", k.Hotkey().SS58(), public.SS58())
	}
	return ofNative(k, form), nil
}

// account is the one that the file names, if it does. All that it says must agree.
func (f bittensorFile) account() (h protocol.Hotkey, named bool, err error) {
	for _, field := range []*string{f.PublicKey, f.AccountID, f.SS58Address} {
		if !given(field) {
			continue
		}
		text := *field
		if field != f.SS58Address && !strings.HasPrefix(text, "0x") {
			text = "0x" + text
		}
		got, err := protocol.ParseAccount(text)
		if err != nil {
			return h, false, fmt.Errorf("its public fields cannot be read: %w", err)
		}
		if named && got != h {
			return h, false, fmt.Errorf("it names two accounts, %s and %s", h.SS58(), got.SS58())
		}
		h, named = got, true
	}
	return h, named, nil
}

// readPublicAccount reads the account out of a public file of a wallet.
func readPublicAccount(path string) (protocol.Hotkey, error) {
	b, err := readPublic(path)
	if err != nil {
		return protocol.Hotkey{}, err
	}
	var f bittensorFile
	if json.Unmarshal(b, &f) != nil {
		return protocol.Hotkey{}, errors.New("not the public half of a key")
	}
	h, named, err := f.account()
	if err == nil && !named {
		err = errors.New("names no account")
	}
	return h, err
}

// seedOfPhrase is the seed of English words, derived from their entropy as
// Substrate does and not from the words themselves.
func seedOfPhrase(phrase string) ([]byte, error) {
	words := strings.Fields(phrase)
	if n := len(words); n < 12 || n > 24 || n%3 != 0 {
		return nil, errors.New("its secretPhrase does not have 12, 15, 18, 21 or 24 words")
	}
	seed, err := schnorrkel.SeedFromMnemonic(strings.Join(words, " "), "")
	if err != nil { // the library's error quotes the words
		return nil, errors.New("its secretPhrase is not one of English BIP39 words with a right checksum")
	}
	return seed[:32], nil
}

// How Bittensor encrypts with NaCl: a secretbox whose key is argon2i of the
// passphrase at libsodium's sensitive cost, with one salt for all.
const (
	naclNonce     = 24
	naclTime      = 8
	naclMemoryKiB = 512 << 10
)

func naclSalt() []byte {
	return []byte{0x13, 0x71, 0x83, 0xdf, 0xf1, 0x5a, 0x09, 0xbc, 0x9c, 0x90, 0xb5, 0x51, 0x87, 0x39, 0xe9, 0xb1}
}

// openNaCl opens "$NACL" || nonce || box.
func (o Options) openNaCl(b []byte) (*Account, error) {
	b = b[len(naclMark):]
	if len(b) < naclNonce+secretbox.Overhead {
		return nil, errors.New("it is cut short")
	}
	pass, err := o.Passphrase()
	if err != nil {
		return nil, err
	}
	o.notice("opening an encrypted Bittensor hotkey takes some seconds and 512 MiB of memory for that time")
	key := naclKey(pass)
	debug.FreeOSMemory() // a node needs far less; it gives the 512 MiB back
	return unbox(b, &key)
}

func naclKey(pass string) [32]byte {
	return [32]byte(argon2.Key([]byte(pass), naclSalt(), naclTime, naclMemoryKiB, 1, 32))
}

// unbox opens nonce || box, which is not shorter than the two.
func unbox(b []byte, key *[32]byte) (*Account, error) {
	text, ok := secretbox.Open(nil, b[naclNonce:], (*[naclNonce]byte)(b[:naclNonce]), key)
	if !ok {
		return nil, fmt.Errorf("%w, or the file is damaged", errPassphrase)
	}
	return parseBittensor(text, NaCl)
}

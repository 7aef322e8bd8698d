package protocol

import (
	"crypto/ecdsa"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"golang.org/x/crypto/blake2b"

	"github.com/assaynet/assay/item"
)

// Hotkey is the chain's 32-byte account id of a neuron. For a secp256k1 key it
// is blake2b-256("evm:" || address), the account that the chain maps an
// Ethereum address to; for an sr25519 key it is the public key.
type Hotkey [32]byte

// HotkeyOf maps an Ethereum address to its hotkey.
func HotkeyOf(a common.Address) Hotkey {
	return blake2b.Sum256(append([]byte("evm:"), a[:]...))
}

// String is the hotkey in 0x-prefixed hex.
func (h Hotkey) String() string { return "0x" + hex.EncodeToString(h[:]) }

// Short is the first four bytes in hex, for logs and tables.
func (h Hotkey) Short() string { return hex.EncodeToString(h[:4]) }

// IsZero reports whether the hotkey is unset.
func (h Hotkey) IsZero() bool { return h == Hotkey{} }

// MarshalText writes the form of String.
func (h Hotkey) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads the form of String; the prefix is required.
func (h *Hotkey) UnmarshalText(b []byte) error {
	var d item.Hash
	if err := d.UnmarshalText(b); err != nil {
		return fmt.Errorf("parse hotkey: %w", err)
	}
	*h = Hotkey(d)
	return nil
}

// Signature is a signature of either kind of key, told apart by the last byte:
// secp256k1 is r || s || v with v in {0, 1}; sr25519 is its 64 bytes, then 2.
type Signature [65]byte

// Signer signs digests as one hotkey.
type Signer interface {
	// Hotkey is the account whose signatures Sign makes.
	Hotkey() Hotkey
	// Sign signs a 32-byte digest.
	Sign(digest item.Hash) (Signature, error)
}

// Key is a secp256k1 private key held in memory; it is a Signer.
type Key struct {
	private *ecdsa.PrivateKey
	hotkey  Hotkey
}

// NewKey wraps a private key.
func NewKey(k *ecdsa.PrivateKey) *Key {
	return &Key{private: k, hotkey: HotkeyOf(crypto.PubkeyToAddress(k.PublicKey))}
}

// GenerateKey makes a new random key.
func GenerateKey() (*Key, error) {
	k, err := crypto.GenerateKey()
	if err != nil {
		return nil, fmt.Errorf("generate key: %w", err)
	}
	return NewKey(k), nil
}

// DeriveKey makes the key of a seed: the first of
// SHA-256(domain, seed, counter), counter = 0, 1, …, that is a valid scalar.
// It is for devnets and tests, where a run must be repeatable.
func DeriveKey(seed []byte) *Key {
	for counter := byte(0); ; counter++ {
		d := item.Sum("assay/key/v1", seed, []byte{counter})
		if k, err := crypto.ToECDSA(d[:]); err == nil {
			return NewKey(k)
		}
	}
}

// ParseKey reads a private key as 64 hex digits, with or without 0x.
func ParseKey(s string) (*Key, error) {
	if len(s) >= 2 && s[:2] == "0x" {
		s = s[2:]
	}
	k, err := crypto.HexToECDSA(s)
	if err != nil {
		// The library's error may quote its input, which is a secret.
		return nil, errors.New("parse key: want 64 hex digits of a secp256k1 private key")
	}
	return NewKey(k), nil
}

// Hotkey is the account of the key.
func (k *Key) Hotkey() Hotkey { return k.hotkey }

// Address is the Ethereum address of the key.
func (k *Key) Address() common.Address { return crypto.PubkeyToAddress(k.private.PublicKey) }

// ECDSA is the private key itself, for the chain client's transactions.
func (k *Key) ECDSA() *ecdsa.PrivateKey { return k.private }

// Hex is the private key as 64 hex digits, for a key file.
func (k *Key) Hex() string { return hex.EncodeToString(crypto.FromECDSA(k.private)) }

// String hides the private key from logs.
func (k *Key) String() string { return "key of " + k.hotkey.String() }

// Sign signs a digest.
func (k *Key) Sign(digest item.Hash) (Signature, error) {
	b, err := crypto.Sign(digest[:], k.private)
	if err != nil {
		return Signature{}, fmt.Errorf("sign: %w", err)
	}
	return Signature(b), nil
}

// ErrSignature is a signature that is malformed or not by the expected hotkey.
var ErrSignature = errors.New("signature is not by the expected hotkey")

// Verify checks that sig is hotkey's signature of digest. The key of a secp256k1
// signature is recovered from it and mapped to its account, since such a hotkey is
// a hash and not a public key. High-s twins are refused, so a signature has one
// form. An sr25519 signature is checked against the hotkey itself.
func Verify(hotkey Hotkey, digest item.Hash, sig Signature) error {
	if sig[64] == markSr25519 {
		return VerifyNative(hotkey, digest[:], [64]byte(sig[:64]))
	}
	r, s, v := sig[:32], sig[32:64], sig[64]
	if v > 1 || !crypto.ValidateSignatureValues(v, new(big.Int).SetBytes(r), new(big.Int).SetBytes(s), true) {
		return ErrSignature
	}
	pub, err := crypto.SigToPub(digest[:], sig[:])
	if err != nil || HotkeyOf(crypto.PubkeyToAddress(*pub)) != hotkey {
		return ErrSignature
	}
	return nil
}

package protocol

import (
	"errors"
	"fmt"

	"github.com/ChainSafe/go-schnorrkel"

	"github.com/assaynet/assay/item"
)

// markSr25519 is the last byte of a Signature that is sr25519. A recoverable
// secp256k1 signature has 0 or 1 there.
const markSr25519 = 2

// substrateContext is the signing context of everything that Substrate signs.
const substrateContext = "substrate"

// Sr25519Key is an sr25519 private key held in memory; it is a Signer. Its hotkey
// is the public key itself. Signatures are randomised: two of one digest differ.
type Sr25519Key struct {
	secret *schnorrkel.SecretKey
	hotkey Hotkey
}

var errSr25519Secret = errors.New("want the 32-byte seed or the 64-byte secret of an sr25519 key")

// NewSr25519Key makes a key of its secret: a 32-byte seed (schnorrkel's mini
// secret, expanded in the ed25519 manner as Substrate does) or schnorrkel's own
// 64 bytes, scalar and nonce.
func NewSr25519Key(secret []byte) (*Sr25519Key, error) {
	var s *schnorrkel.SecretKey
	switch len(secret) {
	case 32:
		mini, err := schnorrkel.NewMiniSecretKeyFromRaw([32]byte(secret))
		if err != nil {
			return nil, errSr25519Secret
		}
		s = mini.ExpandEd25519()
	case 64:
		s = schnorrkel.NewSecretKey([32]byte(secret[:32]), [32]byte(secret[32:]))
	default:
		return nil, errSr25519Secret
	}
	public, err := s.Public()
	if err != nil {
		return nil, errSr25519Secret
	}
	k := &Sr25519Key{secret: s, hotkey: public.Encode()}
	if k.hotkey.IsZero() { // the scalar was zero
		return nil, errSr25519Secret
	}
	return k, nil
}

// Hotkey is the public key.
func (k *Sr25519Key) Hotkey() Hotkey { return k.hotkey }

// String hides the private key from logs.
func (k *Sr25519Key) String() string { return "sr25519 key of " + k.hotkey.SS58() }

// Format hides it from every verb, some of which would print the fields.
func (k *Sr25519Key) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(k.String())) }

// Sign signs a digest: the 64 bytes of SignNative and the mark 2.
func (k *Sr25519Key) Sign(digest item.Hash) (Signature, error) {
	native, err := k.SignNative(digest[:])
	if err != nil {
		return Signature{}, err
	}
	out := Signature{64: markSr25519}
	copy(out[:], native[:])
	return out, nil
}

// SignNative signs a message in the chain's way, as in the signature of an
// extrinsic. A payload of more than 256 bytes is hashed by the caller beforehand.
func (k *Sr25519Key) SignNative(msg []byte) ([64]byte, error) {
	s, err := k.secret.Sign(schnorrkel.NewSigningContext([]byte(substrateContext), msg))
	if err != nil {
		return [64]byte{}, errors.New("sign: sr25519 signature failed")
	}
	return s.Encode(), nil
}

// VerifyNative checks an sr25519 signature of a message. The hotkey is the public
// key. A signature has one form: both of its halves must be canonical.
func VerifyNative(hotkey Hotkey, msg []byte, sig [64]byte) error {
	if hotkey.IsZero() { // the identity, under which anyone can sign
		return ErrSignature
	}
	public, err := schnorrkel.NewPublicKey(hotkey)
	if err != nil {
		return ErrSignature
	}
	var s schnorrkel.Signature
	if err := s.Decode(sig); err != nil {
		return ErrSignature
	}
	ok, err := public.Verify(&s, schnorrkel.NewSigningContext([]byte(substrateContext), msg))
	if err != nil || !ok {
		return ErrSignature
	}
	return nil
}

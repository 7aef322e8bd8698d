package extrinsic

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/crypto"
	"golang.org/x/crypto/blake2b"

	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// MaxSize bounds an extrinsic: a vote of 4096 uids with a salt takes 16 KiB.
const MaxSize = 64 << 10

// maxPlain is the longest payload that is signed as it is.
const maxPlain = 256

// The parts that never vary here.
const (
	signedV4  = 0x84
	addressID = 0x00
)

// Scheme is the kind of a signature, as the chain numbers them.
type Scheme uint8

// The schemes that the chain knows.
const (
	Ed25519 Scheme = 0
	Sr25519 Scheme = 1
	ECDSA   Scheme = 2
)

// String is the scheme's usual name.
func (s Scheme) String() string {
	switch s {
	case Ed25519:
		return "ed25519"
	case Sr25519:
		return "sr25519"
	case ECDSA:
		return "ecdsa"
	default:
		return fmt.Sprintf("scheme %d", uint8(s))
	}
}

// size is the length of a signature, 0 for an unknown scheme.
func (s Scheme) size() int {
	switch s {
	case Ed25519, Sr25519:
		return 64
	case ECDSA:
		return 65
	default:
		return 0
	}
}

// Extrinsic is a signed extrinsic.
type Extrinsic struct {
	// Account is the one that signs and whose call it is.
	Account protocol.Hotkey
	Scheme  Scheme
	// Signature has 64 bytes, 65 for ECDSA.
	Signature []byte
	Era       Era
	Nonce     uint32
	Tip       uint64 // rao
	// Call is the call as encoded. DecodeCall reads those that a neuron makes.
	Call []byte
}

// Implicit is what is signed but not sent.
type Implicit struct {
	SpecVersion uint32
	TxVersion   uint32
	Genesis     item.Hash
	// Birth is the hash of the era's first block, that of the genesis if immortal.
	Birth item.Hash
}

// Hash is the extrinsic's name on the chain: BLAKE2b-256 of all its bytes.
func Hash(raw []byte) item.Hash { return blake2b.Sum256(raw) }

// Payload is call || extra || implicit.
func (x Extrinsic) Payload(im Implicit) []byte {
	b := x.appendExtra(append([]byte(nil), x.Call...))
	b = scale.AppendU32(b, im.SpecVersion)
	b = scale.AppendU32(b, im.TxVersion)
	b = append(b, im.Genesis[:]...)
	b = append(b, im.Birth[:]...)
	return append(b, 0) // no metadata hash
}

func (x Extrinsic) appendExtra(b []byte) []byte {
	b = appendEra(b, x.Era)
	b = scale.AppendCompact(b, uint64(x.Nonce))
	b = scale.AppendCompact(b, x.Tip)
	return append(b, 0) // metadata mode: off
}

// message is what goes into the signature.
func (x Extrinsic) message(im Implicit) []byte {
	b := x.Payload(im)
	if len(b) > maxPlain {
		sum := blake2b.Sum256(b)
		return sum[:]
	}
	return b
}

// Encode is the extrinsic as it is submitted.
func (x Extrinsic) Encode() ([]byte, error) {
	if err := x.Era.check(); err != nil {
		return nil, fmt.Errorf("encode extrinsic: %w", err)
	}
	if n := x.Scheme.size(); n == 0 || len(x.Signature) != n {
		return nil, fmt.Errorf("encode extrinsic: %d bytes are no %s signature", len(x.Signature), x.Scheme)
	}
	if len(x.Call) < 2 {
		return nil, errors.New("encode extrinsic: no call")
	}
	b := append([]byte{signedV4, addressID}, x.Account[:]...)
	b = append(append(b, byte(x.Scheme)), x.Signature...)
	b = append(x.appendExtra(b), x.Call...)
	out := append(scale.AppendCompact(nil, uint64(len(b))), b...)
	if len(out) > MaxSize {
		return nil, fmt.Errorf("encode extrinsic: %d bytes, at most %d are allowed", len(out), MaxSize)
	}
	return out, nil
}

// Decode reads an extrinsic. Its call may be any; see DecodeCall. What it returns
// shares no memory with raw.
func Decode(raw []byte) (Extrinsic, error) {
	if len(raw) > MaxSize {
		return Extrinsic{}, fmt.Errorf("decode extrinsic: %d bytes, at most %d are allowed", len(raw), MaxSize)
	}
	d := scale.NewDecoder(raw)
	if n := d.Len(1); d.Err() == nil && n != d.Remaining() {
		d.Fail(fmt.Errorf("length %d, %d bytes follow", n, d.Remaining()))
	}
	expect(d, "extrinsic version", signedV4)
	expect(d, "address form", addressID)
	x := Extrinsic{Account: d.Account(), Scheme: Scheme(d.U8())}
	size := x.Scheme.size()
	if d.Err() == nil && size == 0 {
		d.Fail(fmt.Errorf("unknown signature %s", x.Scheme))
	}
	x.Signature = append([]byte(nil), d.Fixed(size)...)
	x.Era = decodeEra(d)
	x.Nonce = uint32(d.Compact(1<<32 - 1))
	x.Tip = d.Compact(1<<64 - 1)
	expect(d, "metadata mode", 0)
	if d.Err() == nil && d.Remaining() < 2 {
		d.Fail(scale.ErrShort)
	}
	x.Call = append([]byte(nil), d.Fixed(d.Remaining())...)
	if err := d.Finish(); err != nil {
		return Extrinsic{}, fmt.Errorf("decode extrinsic: %w", err)
	}
	return x, nil
}

func expect(d *scale.Decoder, what string, want byte) {
	if got := d.U8(); d.Err() == nil && got != want {
		d.Fail(fmt.Errorf("%s %#02x, want %#02x", what, got, want))
	}
}

// Verify checks the signature. The error is protocol.ErrSignature.
func (x Extrinsic) Verify(im Implicit) error {
	if n := x.Scheme.size(); n == 0 || len(x.Signature) != n || x.Era.check() != nil {
		return protocol.ErrSignature
	}
	msg := x.message(im)
	switch x.Scheme {
	case Sr25519:
		return protocol.VerifyNative(x.Account, msg, [64]byte(x.Signature))
	case Ed25519:
		if !ed25519.Verify(x.Account[:], msg, x.Signature) {
			return protocol.ErrSignature
		}
		return nil
	default:
		return x.verifyECDSA(msg)
	}
}

// verifyECDSA recovers the key; its account is the BLAKE2b-256 of the compressed
// public key, another one than that of the same key's Ethereum address.
func (x Extrinsic) verifyECDSA(msg []byte) error {
	digest := blake2b.Sum256(msg)
	public, err := crypto.SigToPub(digest[:], x.Signature)
	if err != nil || blake2b.Sum256(crypto.CompressPubkey(public)) != [32]byte(x.Account) {
		return protocol.ErrSignature
	}
	return nil
}

// Params are what a signed extrinsic needs beside its call.
type Params struct {
	Implicit
	Era   Era
	Nonce uint32
	Tip   uint64 // rao
}

// Sign makes the extrinsic of a call, ready to be submitted.
func Sign(key *protocol.Sr25519Key, call Call, p Params) ([]byte, error) {
	x := Extrinsic{Account: key.Hotkey(), Scheme: Sr25519, Era: p.Era, Nonce: p.Nonce, Tip: p.Tip, Call: EncodeCall(call)}
	if err := p.Era.check(); err != nil {
		return nil, fmt.Errorf("sign %s: %w", call.Name(), err)
	}
	sig, err := key.SignNative(x.message(p.Implicit))
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", call.Name(), err)
	}
	x.Signature = sig[:]
	return x.Encode()
}

package protocol

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/assaynet/assay/item"
)

// A labeller is named by the key that signs its answers, in one of two forms:
//
//	0x…     an Ethereum address in lower case; signatures are EIP-191 personal
//	        messages, 65 bytes r || s || v with v 27 or 28
//	p256:…  a key made in a browser page: the compressed point of a P-256 key, 66 hex
//	        digits; signatures are ECDSA over SHA-256, 64 bytes r || s
//
// In both s is in the lower half of the order, so that an answer has one signature
// that fits for each nonce, and nobody but the key's owner can make another.
const pageKeyPrefix = "p256:"

// ErrLabeller is a labeller's key or signature that is not of either form, or does
// not fit.
var ErrLabeller = errors.New("labeller's signature does not fit")

// JudgementText is what a labeller signs: an answer to a task, for people to read in
// their wallet.
//
//	Assay judgement
//	program: <name>
//	task: 0x<task id>
//	answer: <answer>
//	comment: 0x<SHA-256 of the comment>
//	millis: <time on the task>
func JudgementText(program string, task item.Hash, answer, comment string, millis uint32) string {
	sum := sha256.Sum256([]byte(comment))
	return fmt.Sprintf("Assay judgement\nprogram: %s\ntask: %s\nanswer: %s\ncomment: 0x%s\nmillis: %d", program, task, answer, hex.EncodeToString(sum[:]), millis)
}

// CheckLabeller checks the form of a labeller's name.
func CheckLabeller(labeller string) error {
	_, _, err := parseLabeller(labeller)
	return err
}

// VerifyLabeller checks that a labeller signed a text. Errors wrap ErrLabeller.
func VerifyLabeller(labeller, text string, signature []byte) error {
	address, page, err := parseLabeller(labeller)
	switch {
	case err != nil:
		return err
	case page != nil:
		return verifyPage(page, text, signature)
	}
	return verifyWallet(address, text, signature)
}

func parseLabeller(s string) (common.Address, *ecdsa.PublicKey, error) {
	if point, ok := strings.CutPrefix(s, pageKeyPrefix); ok {
		b, err := hex.DecodeString(point)
		if err != nil || len(b) != 33 || point != strings.ToLower(point) {
			return common.Address{}, nil, fmt.Errorf("%w: want %s and the 66 lower-case hex digits of a compressed point", ErrLabeller, pageKeyPrefix)
		}
		x, y := elliptic.UnmarshalCompressed(elliptic.P256(), b)
		if x == nil {
			return common.Address{}, nil, fmt.Errorf("%w: the point is not on the curve", ErrLabeller)
		}
		whole := make([]byte, 65)
		whole[0] = 4 // uncompressed
		x.FillBytes(whole[1:33])
		y.FillBytes(whole[33:])
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), whole)
		if err != nil {
			return common.Address{}, nil, fmt.Errorf("%w: the point is not on the curve", ErrLabeller)
		}
		return common.Address{}, key, nil
	}
	b, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
	if err != nil || len(s) != 42 || len(b) != 20 || s != strings.ToLower(s) {
		return common.Address{}, nil, fmt.Errorf("%w: want an address of 0x and 40 lower-case hex digits, or %s and a compressed point", ErrLabeller, pageKeyPrefix)
	}
	return common.Address(b), nil, nil
}

func verifyPage(key *ecdsa.PublicKey, text string, signature []byte) error {
	if len(signature) != 64 {
		return fmt.Errorf("%w: %d bytes, want 64", ErrLabeller, len(signature))
	}
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	half := new(big.Int).Rsh(elliptic.P256().Params().N, 1)
	digest := sha256.Sum256([]byte(text))
	if s.Cmp(half) > 0 {
		return fmt.Errorf("%w: s is in the upper half of the order", ErrLabeller)
	}
	if !ecdsa.Verify(key, digest[:], r, s) {
		return ErrLabeller
	}
	return nil
}

func verifyWallet(address common.Address, text string, signature []byte) error {
	if len(signature) != 65 || signature[64] != 27 && signature[64] != 28 {
		return fmt.Errorf("%w: want 65 bytes that end with 27 or 28", ErrLabeller)
	}
	sig := bytes.Clone(signature)
	sig[64] -= 27
	r, s := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:64])
	if !crypto.ValidateSignatureValues(sig[64], r, s, true) {
		return fmt.Errorf("%w: r or s is out of range, or s in the upper half of the order", ErrLabeller)
	}
	public, err := crypto.SigToPub(personalDigest(text), sig)
	if err != nil || crypto.PubkeyToAddress(*public) != address {
		return ErrLabeller
	}
	return nil
}

// personalDigest is what a wallet signs of a text by EIP-191:
//
//	keccak256("\x19Ethereum Signed Message:\n" || length || text)
func personalDigest(text string) []byte {
	return crypto.Keccak256(fmt.Appendf(nil, "\x19Ethereum Signed Message:\n%d%s", len(text), text))
}

// SignPersonal signs a text as a wallet does, for labellers that are programs.
func (k *Key) SignPersonal(text string) ([]byte, error) {
	sig, err := crypto.Sign(personalDigest(text), k.private)
	if err != nil {
		return nil, errors.New("sign: the wallet signature failed")
	}
	sig[64] += 27
	return sig, nil
}

// Labeller is the key's name as a labeller.
func (k *Key) Labeller() string { return strings.ToLower(k.Address().Hex()) }

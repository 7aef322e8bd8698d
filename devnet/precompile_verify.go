package devnet

import (
	"crypto/ed25519"

	"github.com/assaynet/assay/protocol"
)

// gasVerify is the price of checking a signature.
const gasVerify = 6000

// verifyInput is a selector, which is not looked at, and four words: message,
// public key and the two halves of the signature.
const verifyInput = 4 + 4*32

// verifier is 0x402 or 0x403: whether a signature of a 32-byte message holds.
func verifier(holds func(message, public [32]byte, signature [64]byte) bool) precompile {
	return func(_ *Chain, _ *state, m message, gas uint64) effect {
		out := effect{cost: gasVerify, paid: true}
		switch {
		case gas < gasVerify:
			out.err = errOutOfGas
		case len(m.data) < verifyInput:
			out.err = exitError(`Other("input must contain 128 bytes")`)
		default:
			words := m.data[4:]
			out.output = make([]byte, 32)
			if holds([32]byte(words), [32]byte(words[32:]), [64]byte(words[64:])) {
				out.output[31] = 1
			}
		}
		return out
	}
}

func verifyEd25519(message, public [32]byte, signature [64]byte) bool {
	return ed25519.Verify(public[:], message[:], signature[:])
}

// verifySr25519 checks in the context of the chain's own signatures.
func verifySr25519(message, public [32]byte, signature [64]byte) bool {
	return protocol.VerifyNative(public, message[:], signature) == nil
}

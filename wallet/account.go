package wallet

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/assaynet/assay/protocol"
)

// Kind is the kind of a key.
type Kind string

// The kinds of keys.
const (
	Secp256k1 Kind = "secp256k1" // signs Ethereum transactions
	Sr25519   Kind = "sr25519"   // signs native extrinsics
)

// Form is the form of a key file.
type Form string

// The forms of key files.
const (
	Plain     Form = "64 hex digits"
	Keystore  Form = "Ethereum keystore"
	Bittensor Form = "Bittensor hotkey"
	NaCl      Form = "encrypted Bittensor hotkey"
)

// Info is what may be known of a key file by everyone.
type Info struct {
	Path string
	Form Form
	Kind Kind
	// Hotkey is the account on the chain. It is zero where an encrypted file
	// does not tell and its public half is not beside it.
	Hotkey protocol.Hotkey
	// Address is the Ethereum address; zero if the key is sr25519.
	Address common.Address
	// Warnings are what the operator must hear.
	Warnings []string
}

// Encrypted reports whether a passphrase is needed to open the file.
func (i Info) Encrypted() bool { return i.Form == Keystore || i.Form == NaCl }

// Account is an opened hotkey. Exactly one of the two kinds of key is there.
type Account struct {
	Info
	ethereum *protocol.Key
	native   *protocol.Sr25519Key
}

func ofEthereum(k *protocol.Key, form Form) *Account {
	return &Account{Info: Info{Form: form, Kind: Secp256k1, Hotkey: k.Hotkey(), Address: k.Address()}, ethereum: k}
}

func ofNative(k *protocol.Sr25519Key, form Form) *Account {
	return &Account{Info: Info{Form: form, Kind: Sr25519, Hotkey: k.Hotkey()}, native: k}
}

// Signer signs the messages between neurons.
func (a *Account) Signer() protocol.Signer {
	if a.native != nil {
		return a.native
	}
	return a.ethereum
}

// Ethereum is the key for Ethereum transactions, if the account has one.
func (a *Account) Ethereum() (*protocol.Key, bool) { return a.ethereum, a.ethereum != nil }

// Native is the key for native extrinsics, if the account has one.
func (a *Account) Native() (*protocol.Sr25519Key, bool) { return a.native, a.native != nil }

// String names the account and hides the key.
func (a *Account) String() string { return string(a.Kind) + " hotkey " + a.Hotkey.SS58() }

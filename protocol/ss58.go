package protocol

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mr-tron/base58"
	"golang.org/x/crypto/blake2b"
)

// ss58Prefix is the network number of Bittensor's addresses, the generic one.
const ss58Prefix = 42

// maxSS58 is the greatest number of base58 digits of prefix, account and checksum.
const maxSS58 = 48

// SS58 is the account in the text form that wallets and explorers show:
//
//	base58(42 || account || first 2 bytes of BLAKE2b-512("SS58PRE" || 42 || account))
func (h Hotkey) SS58() string {
	b := append([]byte{ss58Prefix}, h[:]...)
	sum := ss58Checksum(b)
	return base58.Encode(append(b, sum[:]...))
}

func ss58Checksum(b []byte) [2]byte {
	sum := blake2b.Sum512(append([]byte("SS58PRE"), b...))
	return [2]byte(sum[:2])
}

// ParseAccount reads an account in either form: 0x and 64 hex digits, or SS58.
func ParseAccount(s string) (Hotkey, error) {
	var h Hotkey
	if strings.HasPrefix(s, "0x") {
		if err := h.UnmarshalText([]byte(s)); err != nil {
			return Hotkey{}, errors.New("parse account: want 64 hex digits after 0x")
		}
		return h, nil
	}
	if len(s) > maxSS58 {
		return Hotkey{}, errors.New("parse account: too long for an SS58 address")
	}
	b, err := base58.Decode(s)
	if err != nil || len(b) != 35 {
		return Hotkey{}, errors.New("parse account: neither an SS58 address (48 characters that begin with 5) nor 0x and 64 hex digits")
	}
	if b[0] != ss58Prefix {
		return Hotkey{}, fmt.Errorf("parse account: an SS58 address of network %d, not of %d; those of Bittensor begin with 5", b[0], ss58Prefix)
	}
	if ss58Checksum(b[:33]) != [2]byte(b[33:]) {
		return Hotkey{}, errors.New("parse account: the checksum of the SS58 address is wrong; a character was mistyped")
	}
	copy(h[:], b[1:33])
	return h, nil
}

package evidence

import (
	"encoding/binary"
	"fmt"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// NonceBytes is the length of an intent's nonce.
const NonceBytes = 16

// Intent is a vote, durable before the chain hears of it. It is cast to take
// part in epoch Epoch+1, as the chain counts; there is one for each.
type Intent struct {
	Epoch   uint64 // epochs run when the vote was decided
	Block   uint64
	UIDs    []uint16
	Weights []uint16
	Version uint64 // the version key sent with it
	// Nonce is NonceBytes of randomness that only this validator has until it
	// publishes the entry. A vote that is only ever cast in the open has none.
	Nonce []byte
}

// Kind implements Body.
func (*Intent) Kind() Kind { return KindIntent }

// Salt is what goes into the commit of a vote beside the vote itself: the sixteen
// big-endian words of
//
//	Sum("assay/commit/salt/v1", digest of the intent's entry, nonce)
//
// The digest ties the commit on the chain to this entry, and so to the whole
// record before it: whoever reveals the salt cannot claim later that another
// record gave the vote. The nonce keeps the vote hidden meanwhile. Heads of the
// record are shown to miners, so without it anyone could guess the vote, compute
// the entry's digest, and compare it with the next head or the commit.
func (i Intent) Salt(digest item.Hash) []uint16 {
	sum := item.Sum("assay/commit/salt/v1", digest[:], i.Nonce)
	out := make([]uint16, len(sum)/2)
	for k := range out {
		out[k] = binary.BigEndian.Uint16(sum[2*k:])
	}
	return out
}

// The two forms of an intent: without a nonce, as it was before there were any, and
// with one. Old records keep their bytes, and each intent has one form.
type (
	plainIntent struct {
		_       struct{} `cbor:",toarray"`
		Epoch   uint64
		Block   uint64
		UIDs    []uint16
		Weights []uint16
		Version uint64
	}
	nonceIntent struct {
		_       struct{} `cbor:",toarray"`
		Epoch   uint64
		Block   uint64
		UIDs    []uint16
		Weights []uint16
		Version uint64
		Nonce   []byte
	}
)

// The first bytes of the two forms, arrays of five and of six.
const (
	plainIntentHead = 0x85
	nonceIntentHead = 0x86
)

// MarshalCBOR writes the form with a nonce where there is one.
func (i Intent) MarshalCBOR() ([]byte, error) {
	if len(i.Nonce) == 0 {
		return protocol.Encode(plainIntent{Epoch: i.Epoch, Block: i.Block, UIDs: i.UIDs, Weights: i.Weights, Version: i.Version})
	}
	return protocol.Encode(nonceIntent{Epoch: i.Epoch, Block: i.Block, UIDs: i.UIDs, Weights: i.Weights, Version: i.Version, Nonce: i.Nonce})
}

// UnmarshalCBOR reads either form.
func (i *Intent) UnmarshalCBOR(b []byte) error {
	if len(b) > 0 && b[0] == plainIntentHead {
		var p plainIntent
		if err := protocol.Decode(b, &p); err != nil {
			return err
		}
		*i = Intent{Epoch: p.Epoch, Block: p.Block, UIDs: p.UIDs, Weights: p.Weights, Version: p.Version}
		return nil
	}
	if len(b) == 0 || b[0] != nonceIntentHead {
		return fmt.Errorf("an intent has five or six parts")
	}
	var p nonceIntent
	if err := protocol.Decode(b, &p); err != nil {
		return err
	}
	if len(p.Nonce) != NonceBytes {
		return fmt.Errorf("a nonce of %d bytes, want %d", len(p.Nonce), NonceBytes)
	}
	*i = p.intent()
	return nil
}

func (p nonceIntent) intent() Intent {
	return Intent{Epoch: p.Epoch, Block: p.Block, UIDs: p.UIDs, Weights: p.Weights, Version: p.Version, Nonce: p.Nonce}
}

// Committed says that the chain holds the hash of an intent's vote. It stands
// between an Intent and its Landed where votes are committed first and revealed
// later; where they are cast openly there is none.
type Committed struct {
	_      struct{}  `cbor:",toarray"`
	Epoch  uint64    // of the intent
	Intent item.Hash // the digest of the intent's entry
	// Index is the subnet's epoch index in the block that holds the commit, from
	// which the chain counts the reveal period.
	Index uint64
	Block uint64
	Tx    item.Hash // zero where the commit was found on the chain after a restart
	Hash  item.Hash // what the chain holds
}

// Kind implements Body.
func (*Committed) Kind() Kind { return KindCommitted }

// Landed says what became of an intent: the chain holds its vote in the open, or
// never will.
type Landed struct {
	_      struct{} `cbor:",toarray"`
	Epoch  uint64
	Intent item.Hash // the digest of the intent's entry
	// Block is where it landed, or for a reveal without Tx where it was found to
	// have landed; 0 when it did not.
	Block uint64
	Tx    item.Hash
	Fault string // why it did not land: the chain's error name, or a word of the validator's
}

// Kind implements Body.
func (*Landed) Kind() Kind { return KindLanded }

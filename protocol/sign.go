package protocol

import (
	"encoding/binary"

	"github.com/assaynet/assay/item"
)

// Digest is what the miner signs, and the root's name:
//
//	Sum("assay/root/v1", netuid, miner, seq, hash, bytes, count)
func (r *SignedRoot) Digest() item.Hash {
	return item.Sum("assay/root/v1",
		binary.BigEndian.AppendUint16(nil, r.Netuid), r.Miner[:], binary.BigEndian.AppendUint64(nil, r.Seq),
		r.Hash[:], binary.BigEndian.AppendUint64(nil, r.Bytes), binary.BigEndian.AppendUint64(nil, r.Count))
}

// Root is the index root that was signed.
func (r *SignedRoot) Root() item.Root {
	return item.Root{Hash: r.Hash, Sums: item.Sums{Bytes: r.Bytes, Count: r.Count}}
}

// Sign signs the root as its miner.
func (r *SignedRoot) Sign(s Signer) (err error) {
	r.Miner = s.Hotkey()
	r.Signature, err = s.Sign(r.Digest())
	return err
}

// Check verifies the miner's signature and that the root belongs to the subnet.
func (r *SignedRoot) Check(netuid uint16, miner Hotkey) error {
	if r.Netuid != netuid || r.Miner != miner || r.Seq == 0 {
		return Fail(ReasonMalformed, "root %d of %s on netuid %d, want a root of %s on %d", r.Seq, r.Miner.Short(), r.Netuid, miner.Short(), netuid)
	}
	if err := Verify(r.Miner, r.Digest(), r.Signature); err != nil {
		return Fail(ReasonSignature, "root %d of %s: %w", r.Seq, miner.Short(), err)
	}
	return nil
}

// Digest is what the validator signs:
//
//	Sum("assay/receipt/v1", netuid, validator, miner, seq, root, round, block)
func (r *Receipt) Digest() item.Hash {
	return item.Sum("assay/receipt/v1",
		binary.BigEndian.AppendUint16(nil, r.Netuid), r.Validator[:], r.Miner[:], binary.BigEndian.AppendUint64(nil, r.Seq),
		r.Root[:], binary.BigEndian.AppendUint64(nil, r.Round), binary.BigEndian.AppendUint64(nil, r.Block))
}

// Sign signs the receipt as its validator.
func (r *Receipt) Sign(s Signer) (err error) {
	r.Validator = s.Hotkey()
	r.Signature, err = s.Sign(r.Digest())
	return err
}

// Check verifies the validator's signature.
func (r *Receipt) Check(netuid uint16, validator, miner Hotkey) error {
	if r.Netuid != netuid || r.Validator != validator || r.Miner != miner {
		return Fail(ReasonMalformed, "receipt of %s for %s on netuid %d", r.Validator.Short(), r.Miner.Short(), r.Netuid)
	}
	if err := Verify(r.Validator, r.Digest(), r.Signature); err != nil {
		return Fail(ReasonSignature, "receipt of %s: %w", validator.Short(), err)
	}
	return nil
}

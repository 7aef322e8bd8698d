package devnet

import (
	"bytes"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/protocol"
)

// commitRevealVersion is the version that a timelocked commit has to name. There
// are none on this chain; clients read it to know what the chain speaks.
const commitRevealVersion = 4

// twoxSubnet reads a netuid under twox64concat and reports whether it is the
// devnet's.
func (k *keyReader) twoxSubnet() bool {
	raw := k.d.Fixed(8 + 2)
	return raw != nil && bytes.Equal(raw, chain.KeyTwox64(scale.AppendU16(nil, k.netuid)))
}

// twoxHotkey reads an account under twox64concat.
func (k *keyReader) twoxHotkey() (h protocol.Hotkey, ok bool) {
	raw := k.d.Fixed(8 + len(h))
	if raw == nil {
		return h, false
	}
	copy(h[:], raw[8:])
	return h, bytes.Equal(raw, chain.KeyTwox64(h[:]))
}

// commitsOf is WeightCommits: a vector of (hash, u64 epoch, u64 block, u64), the
// last of which the chain no longer uses.
func commitsOf(_ *Chain, st *state, k *keyReader) []byte {
	if !k.twoxSubnet() {
		return nil
	}
	h, ok := k.twoxHotkey()
	if !ok || !k.end() {
		return nil
	}
	held := st.commits(h)
	if len(held) == 0 {
		return nil
	}
	return scale.AppendVector(nil, held, func(b []byte, r commitRecord) []byte {
		return scale.AppendU64(scale.AppendU64(scale.AppendU64(append(b, r.Hash[:]...), r.Epoch), r.Block), 0)
	})
}

func revealPeriodOf(c *Chain, st *state, k *keyReader) []byte {
	if !k.twoxSubnet() || !k.end() {
		return nil
	}
	return scale.AppendU64(nil, st.hyper().CommitRevealPeriod)
}

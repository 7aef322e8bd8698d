package item

import "math/bits"

// recentVersions is how many of the newest root versions are all kept.
const recentVersions = 64

// KeepVersion reports whether the index version seq is kept when newest is the
// newest, so that priority can be proven under old roots while history stays
// small: of ages (newest - seq) below 64 all, of ages in [64·2^k, 64·2^(k+1))
// those whose seq is a multiple of 2^(k+1), at most 32 of them, and always
// version 1. A version once dropped is never wanted again.
func KeepVersion(seq, newest uint64) bool {
	if seq == 0 || seq > newest {
		return false
	}
	octave := bits.Len64((newest - seq) / recentVersions) // 0 when recent, else k+1
	return seq == 1 || seq&(1<<octave-1) == 0
}

package yuma

import "slices"

// MinNonImmuneUIDs is the chain's default for Prune.MinNonImmune.
const MinNonImmuneUIDs = 10

// Prune is what decides which neuron a new registration replaces on a full
// subnet.
type Prune struct {
	// Emission, per uid, is the amount of the last epoch.
	Emission []uint64
	// BlockAtRegistration is per uid.
	BlockAtRegistration []uint64
	// Block is the current block.
	Block uint64
	// ImmunityPeriod is for how many blocks a new neuron is immune.
	ImmunityPeriod uint64
	// MinNonImmune is the number of uids without immunity that must be exceeded
	// for one of them to be replaced rather than an immune one.
	MinNonImmune int
	// Protected are uids that are never replaced, such as the owner's.
	Protected []uint16
}

// PruneCandidate returns the uid to be replaced, and false if all are protected.
// It is the one with the smallest emission, then the earliest registration, then
// the smallest uid, among those without immunity if there are enough of them, and
// among the immune otherwise. The two lists must be of one length; what one has
// beyond the other is ignored.
func PruneCandidate(p Prune) (uint16, bool) {
	immune, mortal := -1, -1
	mortals := 0
	for uid := range min(len(p.Emission), len(p.BlockAtRegistration), maxU16+1) {
		if slices.Contains(p.Protected, uint16(uid)) {
			continue
		}
		registered := p.BlockAtRegistration[uid]
		best := &mortal
		if p.Block-min(p.Block, registered) < p.ImmunityPeriod {
			best = &immune
		} else {
			mortals++
		}
		if *best < 0 || p.before(uid, *best) {
			*best = uid
		}
	}
	if mortal >= 0 && mortals > p.MinNonImmune {
		return uint16(mortal), true
	}
	return uint16(max(immune, 0)), immune >= 0
}

// before says whether a goes before b, where a is the larger uid.
func (p *Prune) before(a, b int) bool {
	if p.Emission[a] != p.Emission[b] {
		return p.Emission[a] < p.Emission[b]
	}
	return p.BlockAtRegistration[a] < p.BlockAtRegistration[b]
}

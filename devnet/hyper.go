package devnet

// keyHyper is the record of the subnet's hyperparameters.
const keyHyper = "hyper"

// hyperRecord is what of the genesis the subnet's owner may change later, with
// names and units as there.
type hyperRecord struct {
	MinAllowedWeights    uint16 `cbor:"1,keyasint"`
	WeightsVersion       uint64 `cbor:"2,keyasint"`
	WeightsRateLimit     uint64 `cbor:"3,keyasint"`
	ServingRateLimit     uint64 `cbor:"4,keyasint"`
	ImmunityPeriod       uint16 `cbor:"5,keyasint"`
	ActivityCutoffFactor uint32 `cbor:"6,keyasint"`
	RegistrationAllowed  bool   `cbor:"7,keyasint"`
	MinBurn              uint64 `cbor:"8,keyasint"`
	MaxBurn              uint64 `cbor:"9,keyasint"`
	CommitReveal         bool   `cbor:"10,keyasint"`
	CommitRevealPeriod   uint64 `cbor:"11,keyasint"`
	BondsMovingAverage   uint64 `cbor:"12,keyasint"`
	Yuma3                bool   `cbor:"13,keyasint"`
	LiquidAlpha          bool   `cbor:"14,keyasint"`
	AlphaLow             uint16 `cbor:"15,keyasint"`
	AlphaHigh            uint16 `cbor:"16,keyasint"`
	AlphaSteepness       int16  `cbor:"17,keyasint"`
}

// hyper is what the genesis begins with.
func (g Genesis) hyper() hyperRecord {
	return hyperRecord{
		MinAllowedWeights: g.MinAllowedWeights, WeightsVersion: g.WeightsVersion,
		WeightsRateLimit: g.WeightsRateLimit, ServingRateLimit: g.ServingRateLimit,
		ImmunityPeriod: g.ImmunityPeriod, ActivityCutoffFactor: g.ActivityCutoffFactor,
		RegistrationAllowed: g.RegistrationAllowed, MinBurn: g.MinBurn, MaxBurn: g.MaxBurn,
		CommitReveal: g.CommitReveal, CommitRevealPeriod: g.CommitRevealPeriod,
		BondsMovingAverage: g.BondsMovingAverage, Yuma3: g.Yuma3, LiquidAlpha: g.LiquidAlpha,
		AlphaLow: g.AlphaLow, AlphaHigh: g.AlphaHigh, AlphaSteepness: g.AlphaSteepness,
	}
}

// params is the genesis with the hyperparameters that hold now. Whatever a rule
// or a reply depends on is read from here; c.genesis has what never changes.
func (c *Chain) params(st *state) Genesis {
	g, h := c.genesis, st.hyper()
	g.MinAllowedWeights, g.WeightsVersion = h.MinAllowedWeights, h.WeightsVersion
	g.WeightsRateLimit, g.ServingRateLimit = h.WeightsRateLimit, h.ServingRateLimit
	g.ImmunityPeriod, g.ActivityCutoffFactor = h.ImmunityPeriod, h.ActivityCutoffFactor
	g.RegistrationAllowed, g.MinBurn, g.MaxBurn = h.RegistrationAllowed, h.MinBurn, h.MaxBurn
	g.CommitReveal, g.CommitRevealPeriod = h.CommitReveal, h.CommitRevealPeriod
	g.BondsMovingAverage, g.Yuma3, g.LiquidAlpha = h.BondsMovingAverage, h.Yuma3, h.LiquidAlpha
	g.AlphaLow, g.AlphaHigh, g.AlphaSteepness = h.AlphaLow, h.AlphaHigh, h.AlphaSteepness
	return g
}

func (s *state) hyper() hyperRecord     { v, _ := load[hyperRecord](s, keyHyper); return v }
func (s *state) putHyper(v hyperRecord) { save(s, keyHyper, v) }

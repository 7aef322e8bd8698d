package devnet

import "maps"

// subnetFunctions are those of 0x803.
func subnetFunctions() map[string]abiFunction {
	out := setterFunctions()
	maps.Copy(out, getterFunctions())
	return out
}

// getterFunctions are the getters of hyperparameters, each (uint16 netuid). A
// subnet that is not there has zeros.
func getterFunctions() map[string]abiFunction {
	return map[string]abiFunction{
		"getActivityCutoff":             ofSubnet(func(p Genesis) any { return uint16(min(p.activityCutoff(), 1<<16-1)) }),
		"getActivityCutoffFactor":       ofSubnet(func(p Genesis) any { return p.ActivityCutoffFactor }),
		"getBondsMovingAverage":         ofSubnet(func(p Genesis) any { return p.BondsMovingAverage }),
		"getCommitRevealWeightsEnabled": ofSubnet(func(p Genesis) any { return p.CommitReveal }),
		"getCommitRevealWeightsInterval": ofSubnet(func(p Genesis) any {
			return p.CommitRevealPeriod
		}),
		"getImmunityPeriod":             ofSubnet(func(p Genesis) any { return p.ImmunityPeriod }),
		"getKappa":                      ofSubnet(func(p Genesis) any { return p.Kappa }),
		"getLiquidAlphaEnabled":         ofSubnet(func(p Genesis) any { return p.LiquidAlpha }),
		"getYuma3Enabled":               ofSubnet(func(p Genesis) any { return p.Yuma3 }),
		"getMinBurn":                    ofSubnet(func(p Genesis) any { return p.MinBurn }),
		"getMaxBurn":                    ofSubnet(func(p Genesis) any { return p.MaxBurn }),
		"getMinAllowedWeights":          ofSubnet(func(p Genesis) any { return p.MinAllowedWeights }),
		"getNetworkRegistrationAllowed": ofSubnet(func(p Genesis) any { return p.RegistrationAllowed }),
		"getServingRateLimit":           ofSubnet(func(p Genesis) any { return p.ServingRateLimit }),
		"getWeightsSetRateLimit":        ofSubnet(func(p Genesis) any { return p.WeightsRateLimit }),
		"getWeightsVersionKey":          ofSubnet(func(p Genesis) any { return p.WeightsVersion }),
		"getAlphaSigmoidSteepness":      ofSubnet(func(p Genesis) any { return uint16(max(p.AlphaSteepness, 0)) }),
		"getAlphaValues": {run: func(c *Chain, st *state, _ message, args []any) ([]any, error) {
			p := c.paramsOf(st, args[0].(uint16))
			return []any{p.AlphaLow, p.AlphaHigh}, nil
		}},
		// What this chain has one fixed value of.
		"getMaxWeightLimit":                fixed(uint16(maxWeight)),
		"getRho":                           fixed(uint16(rho)),
		"getBondsResetEnabled":             fixed(false),
		"getDifficulty":                    fixed(uint64(difficulty)),
		"getMinDifficulty":                 fixed(uint64(minDifficulty)),
		"getMaxDifficulty":                 fixed(uint64(maxDifficulty)),
		"getAdjustmentAlpha":               fixed(uint64(adjustmentAlpha)),
		"getNetworkPowRegistrationAllowed": fixed(false),
		"getNetworkRegistrationBlock":      fixed(uint64(registeredAt)),
	}
}

// Settings of the public chain's older rules, which nothing here depends on, and
// that of a subnet which is there from block 0.
const (
	maxWeight       = 65535
	rho             = 10
	difficulty      = 0
	minDifficulty   = 0
	maxDifficulty   = 1<<62 - 1
	adjustmentAlpha = 0
	registeredAt    = 0
)

// paramsOf is the hyperparameters of a subnet, zero for one that is not there.
func (c *Chain) paramsOf(st *state, netuid uint16) Genesis {
	if netuid != c.genesis.Netuid {
		return Genesis{}
	}
	return c.params(st)
}

func ofSubnet(of func(Genesis) any) abiFunction {
	return abiFunction{run: func(c *Chain, st *state, _ message, args []any) ([]any, error) {
		return []any{of(c.paramsOf(st, args[0].(uint16)))}, nil
	}}
}

// fixed is a getter with one answer for every subnet.
func fixed(v any) abiFunction {
	return abiFunction{run: func(*Chain, *state, message, []any) ([]any, error) { return []any{v}, nil }}
}

package simulate

import (
	"fmt"
	"math/bits"

	"github.com/assaynet/assay/yuma"
)

// Epoch is what an epoch made of the votes. Lists have an entry per uid; shares are in
// [0, 1].
type Epoch struct {
	Index uint64 // from 0
	Block uint64
	// Stake is a uid's share in the stake that counts, before this epoch paid.
	Stake []float64
	// Consensus is the weight that enough stake supports; Incentive and Dividends are shares
	// of what all miners and all validators earn; VTrust is what is left of a validator's row
	// after clipping.
	Consensus, Incentive, Dividends, VTrust []float64
	// MinerEmission and ValidatorEmission are paid, in rao.
	MinerEmission, ValidatorEmission []uint64
	// Refused are votes that the chain refused when they were revealed after this epoch.
	Refused []Refused
}

// Epoch runs one in a block: it pays by the rows that are public, then shows the votes
// whose time has come. Nothing of the result is used again by the chain.
func (c *Chain) Epoch(block uint64) (*Epoch, error) {
	if c.index > 0 && block <= c.in.LastMechanismStepBlock || block == 0 {
		return nil, fmt.Errorf("run epoch %d in block %d: the one before was in block %d", c.index, block, c.in.LastMechanismStepBlock)
	}
	if err := c.advance(block); err != nil {
		return nil, err
	}
	c.in.Block = block
	c.activeCommits()
	out, err := c.spaces[c.index%2].Epoch(&c.in)
	if err != nil {
		return nil, fmt.Errorf("run epoch %d: %w", c.index, err)
	}
	e := c.result(out)
	copy(c.in.ValidatorPermits, out.NewValidatorPermits)
	copy(c.in.Bonds, out.Bonds)
	copy(c.emission, out.Emission)
	c.in.LastMechanismStepBlock = block
	c.index++
	c.pay(e, out)
	e.Refused = c.reveal()
	return e, nil
}

func (c *Chain) result(out *yuma.Output) *Epoch {
	n := c.in.N
	floats, amounts := make([]float64, 5*n), make([]uint64, 2*n)
	part := func(k int) []float64 { return floats[k*n : (k+1)*n : (k+1)*n] }
	e := &Epoch{
		Index: c.index, Block: c.in.Block,
		Stake: part(0), Consensus: part(1), Incentive: part(2), Dividends: part(3), VTrust: part(4),
		MinerEmission: amounts[:n:n], ValidatorEmission: amounts[n:],
	}
	for _, p := range []struct {
		to   []float64
		from []uint64
	}{
		{e.Stake, out.Fixed.Stake}, {e.Consensus, out.Fixed.Consensus}, {e.Incentive, out.Fixed.Incentive},
		{e.Dividends, out.Fixed.Dividends}, {e.VTrust, out.Fixed.ValidatorTrust},
	} {
		for i, v := range p.from {
			p.to[i] = float64(v) / (1 << 32)
		}
	}
	return e
}

// pay fills in what is paid, and adds it to stakes where the rules say so. What the epoch
// gives to miners is paid as it is; what it gives to validators are shares of the
// validators' half, to which the miners' is added when no miner earned anything.
func (c *Chain) pay(e *Epoch, out *yuma.Output) {
	var miners, validators uint64
	for i := range out.ServerEmission {
		miners += out.ServerEmission[i]
		validators += out.ValidatorEmission[i]
	}
	pot := c.cfg.Emission - c.cfg.Emission/2
	if miners == 0 {
		pot = c.cfg.Emission
	}
	for i := range e.MinerEmission {
		e.MinerEmission[i] = out.ServerEmission[i]
		if v := out.ValidatorEmission[i]; v > 0 {
			e.ValidatorEmission[i] = fraction(pot, v, validators)
		}
		if c.cfg.Compound {
			c.in.AlphaStake[i] += e.ValidatorEmission[i]
		}
		if c.cfg.StakeIncentive {
			c.in.AlphaStake[i] += e.MinerEmission[i]
		}
	}
}

// fraction is floor(amount·floor(part·2^32/whole)/2^32). part must not exceed whole, nor
// whole be 0.
func fraction(amount, part, whole uint64) uint64 {
	hi, lo := bits.Mul64(part, 1<<32)
	fraction, _ := bits.Div64(hi, lo, whole)
	hi, lo = bits.Mul64(amount, fraction)
	return hi<<32 | lo>>32
}

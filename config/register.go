package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Register is the settings of "assay register".
type Register struct {
	Chain   Chain
	Data    Data
	MaxBurn string `key:"max-burn" help:"greatest price in TAO; the chain refuses to register above it (default whatever the price is)" form:"tao"`
	Cold    string `key:"cold" help:"Ethereum address of the coldkey that will pay and own the hotkey; its transaction is tried and printed" form:"address"`
	Sign    bool   `key:"sign" help:"sign with the hotkey itself, which then is its own coldkey; only on a devnet, where it is the default without --cold"`
	JSON    bool   `key:"json" help:"as one JSON object"`
}

// DefaultRegister is the miner of the devnet of this machine.
func DefaultRegister() *Register { return &Register{Chain: defaultChain()} }

func (r *Register) readsFile() {}

func (r *Register) complete(t *Table, env func(string) string, p *Problems) {
	r.Chain.complete(t, p)
	r.Data.complete(t, "miner", r.Chain, env, p)
	switch {
	case !t.Given("sign"):
		r.Sign = r.Chain.Devnet() && r.Cold == ""
	case r.Sign && !r.Chain.Devnet():
		p.at(t.byKey["sign"].Source, "only a devnet lets a hotkey register itself; elsewhere the coldkey pays for it and owns it, and this program never reads a coldkey: without --sign it prints what the coldkey's wallet signs")
	case r.Sign && r.Cold != "":
		p.at(t.byKey["sign"].Source, "contradicts --cold: what the hotkey signs itself no coldkey pays")
	}
}

// Limit is MaxBurn in rao, 0 for any price.
func (r *Register) Limit() uint64 {
	rao, err := parseTAO(r.MaxBurn)
	if err != nil { // only when it was not given, for its form has been checked
		return 0
	}
	return rao
}

// taoDigits is how many decimal places a TAO has.
const taoDigits = 9

// parseTAO reads a decimal amount of TAO above 0 as rao, exactly.
func parseTAO(text string) (uint64, error) {
	whole, part, _ := strings.Cut(text, ".")
	rao, err := strconv.ParseUint(whole+part+strings.Repeat("0", max(0, taoDigits-len(part))), 10, 64)
	if err != nil || rao == 0 || whole == "" || len(part) > taoDigits || strings.HasPrefix(text, "+") {
		return 0, fmt.Errorf("%q is not an amount of TAO, write it like 0.25, above 0 and with at most %d decimal places", text, taoDigits)
	}
	return rao, nil
}

func formTAO(text string) error {
	_, err := parseTAO(text)
	return err
}

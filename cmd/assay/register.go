package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/node"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/wallet"
)

// register builds "assay register".
func (a *app) register() *cobra.Command {
	cfg := config.DefaultRegister()
	cmd := &cobra.Command{
		Use:   "register",
		Short: "Register the hotkey on the subnet, or print what its coldkey's wallet signs for that.",
		Example: `  assay register --key.create                           on the devnet of this machine: signed and done
  assay register --subtensor.network finney --netuid 13 --key ./hotkey --cold 0x<40 hex digits> --max-burn 0.5`,
	}
	return a.asks(cmd, cfg, func(ctx context.Context, se session) error { return a.jobs.register(ctx, se, cfg) })
}

// registerTimeout bounds the command; a registration is final after some blocks.
const registerTimeout = chainDeadline + chain.DefaultLandTimeout

// registration is the result of the command. Unsigned is there when someone else is
// to sign.
type registration struct {
	Netuid     uint16            `json:"netuid"`
	Hotkey     string            `json:"hotkey"`
	SS58       string            `json:"ss58"`
	Registered bool              `json:"registered"`
	UID        *uint16           `json:"uid,omitempty"`
	Before     bool              `json:"before,omitempty"` // it was registered already
	Unsigned   *chain.UnsignedTx `json:"unsigned,omitempty"`
}

func registerHotkey(ctx context.Context, s session, cfg *config.Register) error {
	ctx, cancel := context.WithTimeout(ctx, registerTimeout)
	defer cancel()
	account, err := node.OpenKey(cfg.Data, s.Log)
	if err != nil {
		return err
	}
	var writes *wallet.Account
	if cfg.Sign {
		writes = account
	}
	client, err := node.OpenWriter(ctx, cfg.Chain, writes, s.Log)
	if err != nil {
		return hintDevnet(err, cfg.Chain)
	}
	defer client.Close()
	result, err := enrol(ctx, client, account, cfg)
	if err != nil {
		return err
	}
	if cfg.JSON {
		return printJSON(s.Out, result)
	}
	return result.write(s.Out)
}

// enrol finds out whether the hotkey is registered, and registers it or makes what
// its coldkey is to sign.
func enrol(ctx context.Context, client *chain.Client, account *wallet.Account, cfg *config.Register) (registration, error) {
	hotkey := account.Hotkey
	out := registration{Netuid: client.Netuid(), Hotkey: hotkey.String(), SS58: hotkey.SS58()}
	uid, known, err := client.UID(ctx, hotkey)
	if err != nil {
		return out, err
	}
	if known {
		out.Registered, out.Before, out.UID = true, true, &uid
		return out, nil
	}
	if !cfg.Sign {
		unsigned, err := client.UnsignedRegister(ctx, hotkey, cfg.Limit(), common.HexToAddress(cfg.Cold))
		out.Unsigned = &unsigned
		return out, tooDear(ctx, client, unfundedCold(err, cfg.Cold))
	}
	own, err := node.IsDevnet(ctx, client)
	if err != nil {
		return out, err
	}
	if !own {
		return out, usageError{fmt.Errorf("the chain at %s is no devnet: nothing was signed, because elsewhere the coldkey pays for a hotkey and owns it; name the network with --subtensor.network", strings.Join(cfg.Chain.Endpoints, ","))}
	}
	if limit := cfg.Limit(); limit > 0 {
		err = client.RegisterLimit(ctx, limit)
	} else {
		err = client.Register(ctx)
	}
	if err != nil {
		return out, tooDear(ctx, client, unfundedHot(ctx, client, account, cfg.Chain, err))
	}
	if uid, known, err = client.UID(ctx, hotkey); err != nil || !known {
		return out, errors.Join(err, errors.New("the hotkey was registered and has no uid any more"))
	}
	out.Registered, out.UID = true, &uid
	return out, nil
}

// tooDear says what the price is, when it is above the limit.
func tooDear(ctx context.Context, client *chain.Client, err error) error {
	e, ok := errors.AsType[*chain.Error](err)
	if !ok || e.Name != chain.ErrNameTooDear {
		return err
	}
	price, burnErr := client.Burn(ctx)
	if burnErr != nil {
		return err
	}
	return fmt.Errorf("the price is %s TAO at the moment; raise --max-burn, or wait until it has fallen: %w", chain.TAO(price), err)
}

// unfundedCold says which account has to be filled.
func unfundedCold(err error, cold string) error {
	if !chain.IsUnfunded(err) {
		return err
	}
	owner := protocol.HotkeyOf(common.HexToAddress(cold))
	return fmt.Errorf("the coldkey %s cannot pay: send TAO to its account on the chain, %s: %w", cold, owner.SS58(), err)
}

// unfundedHot says what it costs, and how the hotkey's own account is filled.
func unfundedHot(ctx context.Context, client *chain.Client, account *wallet.Account, c config.Chain, err error) error {
	if !chain.IsUnfunded(err) {
		return err
	}
	full := node.Unfunded(c, account, err)
	price, burnErr := client.Burn(ctx)
	if burnErr != nil {
		return full
	}
	return fmt.Errorf("the hotkey cannot pay the price of %s TAO and the fee: %w", chain.TAO(price), full)
}

// write is the result for people.
func (r registration) write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "hotkey   %s\n         %s\nnetuid   %d\n", r.SS58, r.Hotkey, r.Netuid)
	switch {
	case r.Before:
		fmt.Fprintf(&b, "\nIt is registered already, with uid %d. Nothing was done.\n", *r.UID)
	case r.Registered:
		fmt.Fprintf(&b, "\nIt is registered now, with uid %d.\n", *r.UID)
	default:
		if err := instruct(&b, r.Unsigned); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// instruct says what the coldkey's wallet is to sign, and what comes next.
func instruct(b *strings.Builder, u *chain.UnsignedTx) error {
	tx, err := json.MarshalIndent(u.Transaction, "", "  ")
	if err != nil {
		return fmt.Errorf("encode transaction: %w", err)
	}
	limit := "none: --max-burn sets one, for the price may rise before the wallet signs"
	if u.Limit > 0 {
		limit = chain.TAO(u.Limit) + " TAO (the chain refuses a greater price)"
	}
	if u.Limit > 0 && u.Limit < u.Price {
		limit += "; the price is above it, so that the chain would refuse now"
	}
	fmt.Fprintf(b, "price    %s TAO at the moment, beside the fee\nlimit    %s\n", u.PriceTAO, limit)
	owner := "the account of the wallet that signs; --cold 0xADDRESS names it and tries the call"
	if u.Coldkey != nil {
		owner = u.Coldkey.SS58() + ", the account of " + u.Transaction.From.Hex()
	}
	fmt.Fprintf(b, "owner    %s\n\nNothing was signed. The coldkey pays and will own the hotkey, so its own wallet signs one of these:\n\n", owner)
	fmt.Fprintf(b, "1. An Ethereum wallet on chain %d, with eth_sendTransaction:\n%s\n\n", (*big.Int)(u.Transaction.ChainID), tx)
	fmt.Fprintf(b, "2. A Polkadot wallet or app, as the call %s in hex:\n%s\n\n", u.CallName, u.Call)
	b.WriteString("Run this command again afterwards: it says the uid once the hotkey is registered. A miner or validator may be\nstarted before; it waits for that.\n")
	return nil
}

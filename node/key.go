package node

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/wallet"
)

// loadKey opens the hotkey and tells whose it is.
func loadKey(d config.Data, log *slog.Logger) (*wallet.Account, error) {
	a, err := d.LoadKey(func(text string) { log.Info("key: "+text, "file", d.KeyPath()) })
	if err != nil {
		return nil, err
	}
	for _, warning := range a.Warnings {
		log.Warn(warning)
	}
	log.Info("key", "file", a.Path, "form", string(a.Form), "kind", string(a.Kind), "hotkey", a.Hotkey, "account", accountName(a))
	return a, nil
}

// OpenKey opens the hotkey and tells whose it is.
func OpenKey(d config.Data, log *slog.Logger) (*wallet.Account, error) { return loadKey(d, log) }

// accountName is how the account is named where it must be sent something.
func accountName(a *wallet.Account) string {
	if a.Kind == wallet.Secp256k1 {
		return a.Address.Hex()
	}
	return a.Hotkey.SS58()
}

// devnetFund is what Unfunded suggests, in rao.
const devnetFund = 1000_000_000_000

// Unfunded says, of an error that an account cannot pay, which one and how it is
// given something. Another error stays what it is.
func Unfunded(c config.Chain, a *wallet.Account, err error) error {
	if !chain.IsUnfunded(err) {
		return err
	}
	name := accountName(a)
	if !c.Devnet() || len(c.Endpoints) == 0 {
		return fmt.Errorf("%w: account %s has too little TAO; send it the price of a registration and some for gas", err, name)
	}
	endpoint := c.Endpoints[0]
	if rest, ok := strings.CutPrefix(endpoint, "ws"); ok { // the devnet answers both on one port
		endpoint = "http" + rest
	}
	return fmt.Errorf(`%w: account %s has too little TAO; fund it with: curl -s -H 'Content-Type: application/json' -d '{"jsonrpc":"2.0","id":1,"method":"dev_fund","params":["%s",%d]}' %s; or in a new chain: assay devnet --fund %s`,
		err, name, name, uint64(devnetFund), endpoint, name)
}

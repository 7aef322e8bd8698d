package node

import (
	"log/slog"

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

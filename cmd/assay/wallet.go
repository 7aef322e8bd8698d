package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/wallet"
)

// wallet builds "assay wallet": new, list and show.
func (a *app) wallet() *cobra.Command {
	top := &cobra.Command{Use: "wallet", Short: "Make a hotkey, or look at those that are there. Secrets are never shown, coldkeys never read."}
	group(top)
	a.walletNew(top)
	a.walletList(top)
	a.walletShow(top)
	return top
}

// walletCommand adds a command to "assay wallet". Its flags are bound once it has
// its place in the tree, which is part of its name.
func (a *app) walletCommand(top, cmd *cobra.Command, target any, do func(args []string) error) {
	top.AddCommand(cmd)
	s := a.bind(cmd, target)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if err := s.load(); err != nil {
			return err
		}
		return do(args)
	}
}

func (a *app) walletNew(top *cobra.Command) {
	cfg := new(config.WalletNew)
	cmd := &cobra.Command{
		Use:   "new PATH",
		Short: "Make a hotkey: an Ethereum keystore file, encrypted with a passphrase.",
		Example: `  assay wallet new ./hotkey.json --passphrase-file ./passphrase
  assay wallet new ./hotkey --plain     64 hex digits, for tests and for disks that are encrypted`,
		Args: exactly(1, "the file to make"),
	}
	a.walletCommand(top, cmd, cfg, func(args []string) error { return a.makeWallet(args[0], cfg) })
}

func (a *app) makeWallet(path string, cfg *config.WalletNew) error {
	var account *wallet.Account
	var err error
	if cfg.Plain {
		account, err = wallet.Create(path)
	} else {
		var pass string
		if pass, err = cfg.Options().Passphrase(); errors.Is(err, wallet.ErrNoPassphrase) {
			return usageError{errors.New("assay wallet new encrypts the key: give a file with a passphrase with --passphrase-file, or --plain for a key without one")}
		} else if err == nil {
			account, err = wallet.CreateKeystore(path, pass)
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: it is never overwritten, choose another path", err)
	}
	if err != nil {
		return err
	}
	if err := a.showInfo(account.Info, "", false); err != nil {
		return err
	}
	keep := "keep a copy of the file, and of the passphrase apart from it: nothing else brings the key back"
	if cfg.Plain {
		keep = "keep a copy of the file, which nothing else brings back; whoever can read it has the key"
	}
	_, err = fmt.Fprintf(a.talk, `assay: %s.
assay: to fund it, send TAO from a wallet to the account %s.
assay: on a devnet of your own: assay devnet --fund %s
`, keep, account.Hotkey.SS58(), account.Address.Hex())
	return err
}

func (a *app) walletShow(top *cobra.Command) {
	cfg := new(config.WalletShow)
	cmd := &cobra.Command{
		Use:   "show [FILE]",
		Short: "Show what is public of a hotkey's file: accounts, form, and whether it opens.",
		Example: `  assay wallet show ./hotkey.json
  assay wallet show ./hotkey.json --passphrase-file ./passphrase     try the passphrase too
  assay wallet show --wallet.name alice --wallet.hotkey default --json`,
	}
	a.walletCommand(top, cmd, cfg, func(args []string) error {
		path := cfg.File()
		switch {
		case len(args) > 1 || len(args) == 1 && path != "":
			return argumentsError{errors.New("assay wallet show looks at one hotkey: a FILE, or --wallet.name and --wallet.hotkey")}
		case len(args) == 1:
			path = args[0]
		case path == "":
			return argumentsError{errors.New("assay wallet show needs the FILE of a hotkey, or --wallet.name and --wallet.hotkey")}
		}
		return noWallet(a.showWallet(path, cfg), cfg.Wallet)
	})
}

// noWallet says of a wallet that was named, and is not there, where to find those
// that are.
func noWallet(err error, w config.Wallet) error {
	if w.Name == "" || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	missing := fmt.Sprintf("wallet %q in %s", w.Name, w.Path)
	if holds(w.Path, w.Name) {
		missing = fmt.Sprintf("hotkey %q in wallet %q of %s", w.Hotkey, w.Name, w.Path)
	}
	return fmt.Errorf("there is no %s; assay wallet list --wallet.path %s shows what is there: %w", missing, w.Path, err)
}

func (a *app) showWallet(path string, cfg *config.WalletShow) error {
	options := cfg.Options(func(text string) { fmt.Fprintln(a.talk, "assay:", text) })
	if cfg.Passphrase == "" {
		info, err := wallet.Inspect(path, options)
		if err != nil {
			return err
		}
		return a.showInfo(info, "", cfg.JSON)
	}
	account, err := wallet.Open(path, options)
	if err != nil {
		return err
	}
	return a.showInfo(account.Info, "yes", cfg.JSON)
}

// walletFacts is a key file as it is printed.
type walletFacts struct {
	Name      string   `json:"name,omitempty"`
	File      string   `json:"file,omitempty"`
	Form      string   `json:"form,omitempty"`
	Kind      string   `json:"kind,omitempty"`
	Encrypted bool     `json:"encrypted"`
	Opened    bool     `json:"opened,omitempty"`
	SS58      string   `json:"ss58,omitempty"`
	Hotkey    string   `json:"hotkey,omitempty"`
	Address   string   `json:"address,omitempty"`
	Warnings  []string `json:"warnings,omitempty"`
	Error     string   `json:"error,omitempty"`
}

func factsOf(i wallet.Info) walletFacts {
	f := walletFacts{File: i.Path, Form: string(i.Form), Kind: string(i.Kind), Encrypted: i.Encrypted(), Warnings: i.Warnings}
	if !i.Hotkey.IsZero() {
		f.SS58, f.Hotkey = i.Hotkey.SS58(), i.Hotkey.String()
	}
	if i.Kind == wallet.Secp256k1 && !i.Hotkey.IsZero() {
		f.Address = i.Address.Hex()
	}
	return f
}

// showInfo prints a key file on stdout, and its warnings apart.
func (a *app) showInfo(i wallet.Info, opens string, asJSON bool) error {
	f := factsOf(i)
	f.Opened = opens != ""
	for _, w := range i.Warnings {
		fmt.Fprintln(a.talk, "assay: WARNING:", w)
	}
	if asJSON {
		return a.printJSON(f)
	}
	const hidden = "not told by the encrypted file; give --passphrase-file to see it"
	var b strings.Builder
	for _, row := range [][2]string{
		{"file", f.File}, {"form", f.Form}, {"kind", f.Kind}, {"opens", opens}, {"address", f.Address},
		{"hotkey", orElse(f.SS58, hidden)}, {"in hex", f.Hotkey},
	} {
		if row[1] != "" {
			fmt.Fprintf(&b, "%-8s %s\n", row[0], row[1])
		}
	}
	_, err := fmt.Fprint(a.out, b.String())
	return err
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

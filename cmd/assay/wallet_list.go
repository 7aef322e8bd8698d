package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/wallet"
)

func (a *app) walletList(top *cobra.Command) {
	cfg := config.DefaultWalletList()
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the Bittensor wallets in a folder, and the keystores that go-ethereum made in it.",
		Example: `  assay wallet list
  assay wallet list --wallet.path ./keys --json`,
		Args: noArgs,
	}
	a.walletCommand(top, cmd, cfg, func([]string) error {
		wallets, files, err := wallet.List(cfg.Path, wallet.Options{})
		if err != nil {
			return err
		}
		list := listOf(cfg.Path, wallets, files)
		if cfg.JSON {
			return a.printJSON(list)
		}
		_, err = fmt.Fprint(a.out, list)
		return err
	})
}

// walletList is a folder as it is printed.
type walletList struct {
	Path    string          `json:"path"`
	Wallets []walletSection `json:"wallets"`
	Files   []walletFacts   `json:"files"`
}

type walletSection struct {
	Name        string        `json:"name"`
	Coldkey     string        `json:"coldkey_ss58,omitempty"` // from coldkeypub.txt
	ColdkeyHere bool          `json:"coldkey_here"`           // the secret half is on this machine
	Hotkeys     []walletFacts `json:"hotkeys"`
}

func listOf(path string, wallets []wallet.Wallet, files []wallet.Entry) walletList {
	list := walletList{Path: path, Wallets: []walletSection{}, Files: entriesOf(files)}
	for _, w := range wallets {
		s := walletSection{Name: w.Name, ColdkeyHere: w.ColdkeyHere, Hotkeys: entriesOf(w.Hotkeys)}
		if w.ColdkeyErr == nil {
			s.Coldkey = w.Coldkey.SS58()
		}
		list.Wallets = append(list.Wallets, s)
	}
	return list
}

func entriesOf(entries []wallet.Entry) []walletFacts {
	out := []walletFacts{}
	for _, e := range entries {
		f := walletFacts{Name: e.Name, File: e.Info.Path}
		if e.Err != nil {
			f.Error = e.Err.Error()
		} else {
			f = factsOf(e.Info)
			f.Name, f.Warnings = e.Name, nil // said once for the wallet
		}
		out = append(out, f)
	}
	return out
}

// String is the list for people.
func (l walletList) String() string {
	var b strings.Builder
	for _, w := range l.Wallets {
		fmt.Fprintf(&b, "wallet %s  coldkey %s\n", w.Name, orElse(w.Coldkey, "unknown: no readable coldkeypub.txt"))
		if w.ColdkeyHere {
			fmt.Fprintf(&b, "  WARNING: the coldkey itself is in %s; keep it off machines that run nodes\n", filepath.Join(l.Path, w.Name))
		}
		for _, h := range w.Hotkeys {
			b.WriteString(h.line())
		}
	}
	if len(l.Files) > 0 {
		fmt.Fprintf(&b, "keystores in %s\n", l.Path)
		for _, f := range l.Files {
			b.WriteString(f.line())
		}
	}
	if b.Len() == 0 {
		fmt.Fprintf(&b, "no wallets and no keystores under go-ethereum's names (UTC--…) in %s; assay wallet show FILE shows any file\n", l.Path)
	}
	return b.String()
}

func (f walletFacts) line() string {
	if f.Error != "" {
		return fmt.Sprintf("  %-20s %s\n", f.Name, f.Error)
	}
	state := "plain"
	if f.Encrypted {
		state = "encrypted"
	}
	return fmt.Sprintf("  %-20s %-48s  %-9s  %-9s  %s\n", f.Name, orElse(f.SS58, "–"), f.Kind, state, orElse(f.Address, f.Form))
}

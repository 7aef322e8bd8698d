package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/node"
)

// config builds "assay config": show and validate, for each role that has settings.
func (a *app) config() *cobra.Command {
	top := &cobra.Command{Use: "config", Short: "Show the settings in force, or check them."}
	group(top)
	show := &cobra.Command{
		Use: "show", Short: "Print every setting of a role with the place that it came from.",
		Example: "  assay config show miner --config miner.yaml",
	}
	validate := &cobra.Command{
		Use: "validate", Short: "Check the settings of a role, and the files they name, without starting it.",
		Example: "  assay config validate validator --config validator.yaml",
	}
	group(show)
	group(validate)
	top.AddCommand(show, validate)
	for _, role := range settingsRoles() {
		shown, checked := role.settings(), role.settings()
		a.roleCommand(show, role.name, shown, func(s *settings) error { return s.table.Show(a.out) })
		a.roleCommand(validate, role.name, checked, func(*settings) error {
			if err := checkNamed(checked); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.out, "the settings of assay %s are right\n", role.name)
			return err
		})
	}
	return top
}

// checkNamed reads the files that a role's settings name, as the role would at its
// start, and gives every mistake in them.
func checkNamed(target any) error {
	var errs []error
	check := func(s config.Subnet, d config.Data) {
		errs = node.CheckRules(s)
		if err := d.CheckKey(); err != nil {
			errs = append(errs, err)
		}
	}
	switch c := target.(type) {
	case *config.Miner:
		check(c.Subnet, c.Data)
	case *config.Validator:
		check(c.Subnet, c.Data)
		errs = append(errs, node.CheckLabels(c)...)
	}
	return several(errs)
}

// severalError is more than one error, each to be complained about on a line of
// its own. The exit code is that of the first by the table.
type severalError []error

func (e severalError) Error() string   { return errors.Join(e...).Error() }
func (e severalError) Unwrap() []error { return e }

func several(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	return severalError(errs)
}

type settingsRole struct {
	name     string
	settings func() any
}

// settingsRoles are the commands whose settings can be shown and checked.
func settingsRoles() []settingsRole {
	return []settingsRole{
		{"miner", func() any { return config.DefaultMiner() }},
		{"validator", func() any { return config.DefaultValidator() }},
		{"devnet", func() any { return config.DefaultDevnet() }},
		{"localnet", func() any { return config.DefaultLocalnet() }},
	}
}

func (a *app) roleCommand(parent *cobra.Command, role string, target any, then func(*settings) error) {
	cmd := &cobra.Command{Use: role, Short: "The settings of assay " + role + ".", Args: noArgs}
	s := a.bind(cmd, target)
	cmd.RunE = func(*cobra.Command, []string) error {
		if err := s.load(); err != nil {
			return err
		}
		return then(s)
	}
	parent.AddCommand(cmd)
}

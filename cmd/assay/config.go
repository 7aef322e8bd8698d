package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/config"
)

// config builds "assay config": show and validate, for each role that has a file.
func (a *app) config() *cobra.Command {
	top := &cobra.Command{Use: "config", Short: "Show the settings in force, or check them."}
	group(top)
	show := &cobra.Command{
		Use: "show", Short: "Print every setting of a role with the place that it came from.",
		Example: "  assay config show miner --config miner.yaml",
	}
	validate := &cobra.Command{
		Use: "validate", Short: "Check the settings of a role without starting it.",
		Example: "  assay config validate validator --config validator.yaml",
	}
	group(show)
	group(validate)
	top.AddCommand(show, validate)
	for _, role := range fileRoles() {
		a.roleCommand(show, role.name, role.settings(), func(s *settings) error { return s.table.Show(a.out) })
		a.roleCommand(validate, role.name, role.settings(), func(*settings) error {
			_, err := fmt.Fprintf(a.out, "the settings of assay %s are right\n", role.name)
			return err
		})
	}
	return top
}

type fileRole struct {
	name     string
	settings func() any
}

// fileRoles are the roles whose settings may stand in a file.
func fileRoles() []fileRole {
	return []fileRole{
		{"miner", func() any { return config.DefaultMiner() }},
		{"validator", func() any { return config.DefaultValidator() }},
		{"devnet", func() any { return config.DefaultDevnet() }},
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

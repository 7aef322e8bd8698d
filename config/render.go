package config

import (
	"fmt"
	"io"
	"strings"
)

// Show writes the settings in force as a YAML file that would give the same, each
// with the place that it came from.
func (t *Table) Show(w io.Writer) error {
	for _, s := range t.settings {
		if s == t.file {
			continue
		}
		if _, err := fmt.Fprintf(w, "%-48s # %s\n", s.Key+": "+s.yaml(), s.Source); err != nil {
			return fmt.Errorf("show settings: %w", err)
		}
	}
	return nil
}

// yaml is the value as it would stand in a file.
func (s *Setting) yaml() string {
	if s.Many() {
		parts := make([]string, s.field.Len())
		for i := range parts {
			parts[i] = quoted(format(s.field.Index(i)))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	switch s.field.Type().String() {
	case "bool", "uint16", "uint64", "float64", "time.Duration":
		return s.Text()
	}
	return quoted(s.Text())
}

// quoted is a YAML double-quoted scalar, unless the text is a plain word.
func quoted(text string) string {
	if text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz") == "" && text != "true" && text != "false" && text != "null" {
		return text
	}
	return fmt.Sprintf("%q", text)
}

// Reference is the document docs/configuration.md, made from the tables so that it
// cannot say anything else than the program does.
func Reference() string {
	var b strings.Builder
	b.WriteString(referenceHead)
	for _, role := range Roles() {
		fmt.Fprintf(&b, "\n## `assay %s`\n\n%s\n\n| key and flag | default | environment | meaning |\n|---|---|---|---|\n", role.Name, role.About)
		for _, s := range role.Table.settings {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.Key, code(s.Default), environment(s), meaning(s))
		}
	}
	b.WriteString(referenceNetworks)
	for _, n := range []string{"devnet", "local", "test", "finney", "archive"} {
		fmt.Fprintf(&b, "| `%s` | `%s` |\n", n, strings.Join(networkEndpoints(n), ", "))
	}
	return b.String()
}

func code(text string) string {
	if text == "" {
		return "–"
	}
	return "`" + text + "`"
}

func environment(s *Setting) string {
	var names []string
	for _, e := range s.Env {
		names = append(names, "`"+e+"`")
	}
	return strings.Join(names, "<br>")
}

func meaning(s *Setting) string {
	text := strings.NewReplacer("|", "\\|", "<", "&lt;", ">", "&gt;").Replace(s.Help)
	if len(s.Allow) > 0 {
		text += ": `" + strings.Join(s.Allow, "`, `") + "`"
	}
	if s.min != "" || s.max != "" {
		unit := ""
		if s.field.Type().String() == "time.Duration" {
			unit = " seconds"
		}
		text += fmt.Sprintf(" (%s%s)", s.interval(), unit)
	}
	if s.Many() {
		text += " – repeatable"
	}
	if len(s.Aliases) > 0 {
		text += "; also `--" + strings.Join(s.Aliases, "`, `--") + "`"
	}
	return text
}

const referenceHead = `# Configuration

This page is generated from the program's own tables
(` + "`go test ./config -run TestReference -rewrite`" + `); a test fails when it is out of date.

Each setting has one key. It is the flag (` + "`--axon.port 8091`" + `), the place in the YAML file named by
` + "`--config`" + ` (` + "`axon.port: 8091`, or `axon:` with `port: 8091` below it" + `) and, in capitals, the environment
variable (` + "`ASSAY_AXON_PORT`" + `). The ` + "`BT_*`" + ` names are read too. A flag goes before the environment, the
environment before the file, the file before the default. ` + "`assay config show ROLE`" + ` prints every value with its source.
` + "`assay localnet` has no `--config`" + `: its few settings are flags and variables only.

- An unknown key, flag or ` + "`ASSAY_*`" + ` variable is an error (exit code 2) that names the place and the nearest known name.
- All problems are reported at once. A value that a stronger source overrides must be right too.
- Booleans are ` + "`true` or `false`; every boolean flag has a `--no-` form (`--no-key.create`)" + `.
- Lists are repeated flags, comma-separated variables, or YAML lists; a stronger source replaces the whole list.
- An empty environment variable counts as unset.
- Durations are written like ` + "`250ms`, `12s`, `1m30s`" + `.
- Secrets never stand in flags, variables or this file: the hotkey is a file of its own.
`

const referenceNetworks = `
## Networks

` + "`subtensor.network`" + ` stands for these endpoints. ` + "`subtensor.chain_endpoint`" + ` takes the place of a name; giving both is an
error unless they agree, or the name is devnet or local: a chain of one's own may be served anywhere.

| name | endpoint |
|---|---|
`

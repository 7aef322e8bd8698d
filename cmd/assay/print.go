package main

import (
	"encoding/json"
	"io"
)

func (a *app) printJSON(v any) error { return printJSON(a.out, v) }

// printJSON is how every command prints its result as JSON. The localnet's lines and
// the logs, which are read one by one, are apart.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

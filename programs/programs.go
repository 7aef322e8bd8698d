// Package programs holds the program files that ship with the node.
package programs

import (
	"embed"
	"strings"
)

// Files are the program files, NAME.yaml each.
//
//go:embed *.yaml
var Files embed.FS

// Names are the names of the programs, sorted.
func Names() []string {
	entries, _ := Files.ReadDir(".") // it is there: a build without a file fails
	var out []string
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return out
}

// Package scenarios holds the scenarios that ship with the lab.
package scenarios

import (
	"embed"
	"strings"
)

// Files are the scenarios, NAME.yaml each.
//
//go:embed *.yaml
var Files embed.FS

// Names are the names of the scenarios, sorted.
func Names() []string {
	entries, _ := Files.ReadDir(".") // it is there: a build without a file fails
	var out []string
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return out
}

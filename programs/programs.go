// Package programs holds the program files that ship with the node.
package programs

import "embed"

// Files are the program files, NAME.yaml each.
//
//go:embed *.yaml
var Files embed.FS

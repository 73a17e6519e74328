// Package policies holds the policies that a new installation starts with.
//
// It exists so that others can copy them: files outside a package's own folder cannot be embedded. It decides nothing; a plugin
// reads the folder that its settings name and never this package.
package policies

import (
	"embed"
	"io/fs"
)

//go:embed *.cedar
var files embed.FS

// Default returns the files to copy into the folder of the policies, by their names.
func Default() fs.FS { return files }

// Package config reads what a person configured into one validated Config.
//
// It decides which settings are in force: defaults, then /etc, then the user's file (or, instead of both, one named file), then
// three settings of the environment, then flags. It trusts configuration files only when nobody but their owner or root can
// change them, and it never lets the environment set a key that grants: whoever starts a program on the machine can set its
// environment. Unknown keys, wrong types and values out of bounds are mistakes; all are reported together, with file and line,
// and with any of them there is no configuration at all.
//
// Lists of a later file ([[server]], [[plugin]] and every other list) replace those of an earlier one; tables, a profile among
// them, are merged key by key. A relative path starts at the folder of the file that holds it.
package config

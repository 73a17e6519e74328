// Package catalog finds, verifies, launches, watches and restarts the plugins that the configuration names, and gives the rest of
// the host one facade a kind that stays valid over all of that.
//
// It decides which file runs: the one whose SHA-256 the configuration pins, from a folder that only root and we can write, run from
// a sealed private copy, so that what was hashed is what is executed. It decides nothing about calls.
//
// # Trust
//
// It trusts the configuration and the kernel. It does not trust the plugin folder, nor what a plugin prints or answers at start.
// A plugin inherits nothing: no environment, no standard input, no descriptor. Its process group is killed as a whole, and on
// Linux the kernel kills a plugin when the daemon dies in whatever way; elsewhere the SDK's Serve ends it, and a plugin that does
// not call it can outlive the daemon. Children that a plugin starts for itself are the plugin's to tie to its own life.
//
// It never runs a plugin without a checksum, and never runs a script: the checksum of a script says nothing of its interpreter.
package catalog

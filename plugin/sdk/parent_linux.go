package sdk

// exitWithParent has nothing to do: the host asks the kernel for a signal at its own death.
func exitWithParent() {}

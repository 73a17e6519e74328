// Package child starts the processes that the host runs, plugins and servers, and sees to their end.
//
// It decides what a child has of this process and how long it lasts: no descriptor but those that its command names, a process group of its own
// that is killed as a whole when the child ends or is killed, and an end of its own when this process ends in whatever way. It does not choose
// what runs, nor with which environment.
//
// # What differs between systems
//
// On Linux the kernel signals a child when this process ends. No other system that Argus is built for does: there it is up to the child to notice
// that the end of a pipe which this process holds was closed, or that its parent is another. A child that is stopped or does not look outlives
// us there, so nothing may rely on more than that.
//
// A child's end is awaited by waitid on Linux and by kqueue on macOS. Neither collects the child, so its number is still taken when the group is
// killed and the signal meets nobody else. A child whose end cannot be awaited is killed at once.
//
// What is for macOS is compiled and vetted, and has not been run.
package child

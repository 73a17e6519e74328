//go:build linux

package confine

// refusedCalls answer EPERM, whatever their arguments. A name that an architecture does not have is left out there.
// Calls that are newer than the table of the seccomp library answer ENOSYS, so that a new kernel opens nothing by itself.
var refusedCalls = []string{
	// Other processes, beside signals: Landlock keeps those inside.
	"ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "process_madvise", "process_mrelease", "kcmp",
	"move_pages", "migrate_pages",

	// Ways around the filter, and kernel interfaces with a large attack surface.
	"io_uring_setup", "io_uring_enter", "io_uring_register", "bpf", "perf_event_open", "userfaultfd", "uretprobe",
	"memfd_secret", "modify_ldt", "iopl", "ioperm", "vm86", "vm86old", "uselib", "lookup_dcookie", "fanotify_init", "fanotify_mark",

	// A file that no path leads to can be executed only this way.
	"execveat",

	// Memory and messages shared by a number and not by a path: Landlock does not see them.
	"shmget", "shmat", "shmctl", "shmdt", "msgget", "msgsnd", "msgrcv", "msgctl", "semget", "semop", "semctl", "semtimedop",
	"mq_open", "mq_unlink", "mq_timedsend", "mq_timedreceive", "mq_notify", "mq_getsetattr",

	// Keys of the user's session.
	"add_key", "request_key", "keyctl",

	// Namespaces and mounts. clone and unshare are looked at flag by flag.
	"setns", "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "open_tree_attr", "fsopen", "fsconfig",
	"fsmount", "fspick", "mount_setattr", "listmount", "statmount",

	// Files by a number instead of a path.
	"open_by_handle_at", "name_to_handle_at",

	// The machine itself.
	"kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "create_module", "reboot", "swapon",
	"swapoff", "quotactl", "quotactl_fd", "acct", "syslog", "vhangup", "nfsservctl", "sethostname", "setdomainname",
	"settimeofday", "clock_settime", "clock_adjtime", "adjtimex",

	// Owners and attributes of files, and old ways to set their times: Landlock does not look at them, so an unlisted file of the
	// same user could be changed. Modes and times are asked of the supervisor; see the rules.
	"chown", "fchown", "lchown", "fchownat", "utime", "utimes", "futimesat",
	"setxattr", "lsetxattr", "fsetxattr", "setxattrat", "removexattr", "lremovexattr", "fremovexattr", "removexattrat",
}

// refusedOffline answer EPERM too for a server without network. Landlock stops only classic TCP.
var refusedOffline = []string{"socket", "connect", "bind", "listen", "accept", "accept4"}

// unknownCalls answer ENOSYS: the flags of clone3 lie in memory, where a filter cannot look. Every libc then uses clone.
var unknownCalls = []string{"clone3"}

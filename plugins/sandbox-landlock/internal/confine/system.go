//go:build linux

package confine

// systemPath is a place outside the profile that programs need to run at all.
type systemPath struct {
	path    string // a pattern
	write   bool   // devices that swallow
	network bool   // only with network
	why     string
}

// systemPaths is the whole of what a server can open beside its profile, its command and its scratch folder. What is missing on a
// machine is left out. Of /proc and /sys only what tells how large the machine is: a program that finds no processor there starts no
// worker. /home, /root, /var, /run and /tmp are not here.
var systemPaths = []systemPath{
	{path: "/usr", why: "programs and libraries"},
	{path: "/bin", why: "programs"},
	{path: "/sbin", why: "programs"},
	{path: "/lib", why: "libraries"},
	{path: "/lib32", why: "libraries"},
	{path: "/lib64", why: "the dynamic loader"},
	{path: "/libx32", why: "libraries"},
	{path: "/etc/ld.so.cache", why: "where libraries are"},
	{path: "/etc/ld.so.conf", why: "where libraries are"},
	{path: "/etc/ld.so.conf.d", why: "where libraries are"},
	{path: "/etc/ssl/certs", why: "certificate authorities; not the keys beside them"},
	{path: "/etc/ssl/*.cnf", why: "settings of OpenSSL"},
	{path: "/etc/ssl/*.pem", why: "certificate authorities"},
	{path: "/etc/pki/tls/certs", why: "certificate authorities"},
	{path: "/etc/pki/tls/*.cnf", why: "settings of OpenSSL"},
	{path: "/etc/pki/ca-trust", why: "certificate authorities"},
	{path: "/etc/crypto-policies", why: "settings of OpenSSL"},
	{path: "/etc/ca-certificates", why: "certificate authorities"},
	{path: "/etc/ca-certificates.conf", why: "certificate authorities"},
	{path: "/etc/mime.types", why: "kinds of files"},
	{path: "/etc/python3*", why: "what Python starts with"},
	{path: "/etc/localtime", why: "the time zone"},
	{path: "/etc/timezone", why: "the time zone"},
	{path: "/etc/nsswitch.conf", why: "how names are looked up"},
	{path: "/etc/passwd", why: "names of users: os.userInfo, expanduser; it holds no secret"},
	{path: "/etc/group", why: "names of groups; it holds no secret"},
	{path: "/etc/resolv.conf", network: true, why: "name servers"},
	{path: "/etc/hosts", network: true, why: "names of hosts"},
	{path: "/etc/host.conf", network: true, why: "how hosts are looked up"},
	{path: "/etc/gai.conf", network: true, why: "the order of addresses"},
	{path: "/etc/services", network: true, why: "names of ports"},
	{path: "/etc/protocols", network: true, why: "names of protocols"},
	{path: "/run/systemd/resolve/stub-resolv.conf", network: true, why: "what /etc/resolv.conf points to"},
	{path: "/run/systemd/resolve/resolv.conf", network: true, why: "what /etc/resolv.conf points to"},
	{path: "/dev/null", write: true, why: "the empty file"},
	{path: "/dev/zero", write: true, why: "zeroes"},
	{path: "/dev/full", write: true, why: "a full device"},
	{path: "/proc/cpuinfo", why: "os.cpus"},
	{path: "/proc/meminfo", why: "os.freemem"},
	{path: "/proc/stat", why: "os.cpus"},
	{path: "/sys/devices/system/cpu", why: "the number of processors"},
	{path: "/dev/random", why: "randomness"},
	{path: "/dev/urandom", why: "randomness"},
}

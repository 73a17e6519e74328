// Package socket makes and reaches the unix sockets of the daemon's state folder.
//
// It decides which process may be at the other end. A socket lies in a folder that only its owner can enter. The daemon takes connections
// of its own user and of root; a client connects only where the folder is its own, and gives the connection away only when the process
// that listens is the folder's owner: whoever put another socket in that place gets no byte.
//
// It trusts the kernel to tell the owner of a folder and the user of a peer. It proves no more than the user: what may be done through a
// socket is for its door to judge. Between processes of one user it tells nothing apart.
package socket

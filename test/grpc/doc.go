// Grpc tells stories of agents to a running Argus, over its gRPC socket and nothing else, and counts what was refused as the contract says.
//
// Argus, its plugins and the server are the real ones; agents and credentials are made by the commands of argus. A call that Argus refused must
// not be in the server's own log, and beside each refusal stands what must be allowed. The agents of examples/agents are run as their users run
// them.
package main

// Package localnet runs a whole data subnet in one process: the embedded chain, a
// demo source site, three validators and eight miners. Every node is built by
// package node exactly as the commands build it, and all of them talk over real
// sockets. Only this package knows which of the miners cheat.
package localnet

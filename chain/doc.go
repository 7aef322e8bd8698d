// Package chain is the client of a subtensor node, the only way in which the rest
// of the project knows a Bittensor chain.
//
// A node answers two families of JSON-RPC on one port. The client writes through
// the Ethereum family: signed transactions to the precompiled contract at 0x804,
// which registers a neuron, announces its axon and sets its weights. It reads
// through the Substrate family: runtime calls and storage, as SCALE bytes, at the
// hash of a named block. The secp256k1 key of the client is a whole neuron: its
// hotkey and its coldkey are both the account that the chain maps the key's
// address to.
//
//	types.go      what the project reads: Head, Metagraph, Hyperparams, EpochClock
//	client.go     Dial and the read calls
//	cache.go      what was read at a block, once for all who ask
//	link.go       the endpoints and the one in use; endpoint.go each of them
//	request.go    a request and its further attempts; limit.go refusals for the rate
//	health.go     pings, endpoints that lag behind, and whether there is a chain
//	head.go       following finalised heads
//	write.go      one transaction in flight: try, send, wait, confirm
//	neuron.go     Register, ServeAxon, SetWeights
//	contract.go   the precompile's ABI
//	selective.go  the metagraph on the wire; hyperparams.go, axon.go, storage.go
//
// Reads are repeated when a connection fails. A transaction is signed once: after
// a failure the same bytes are offered again, or none, so it can land at most once.
package chain

// Package devnet is an embedded chain with one Bittensor subnet. It answers the
// JSON-RPC of a subtensor node, Ethereum's and Substrate's families on one port,
// so that the chain client and ordinary Ethereum tools work against it as they
// would against a real node.
//
// What it keeps to is what a neuron can notice: signed transactions of both
// families with nonces and fees, the neuron precompile and its native calls with the pallet's rules and error names, SCALE
// reads at recent blocks, registration with its price and replacement, rate
// limits, commit-reveal, permits, hyperparameters that their owner sets, and an
// epoch of Yuma Consensus at each tempo whose emission becomes stake. There is one
// author and no fork: the newest block is final.
//
//	genesis.go    what a new chain starts with; hyper.go what of it may change
//	block.go      Step: one block, from the clock's tick to the durable commit
//	pool.go       transactions that wait, Ethereum's and native ones
//	execute.go    an Ethereum transaction: fees, value, the call
//	contract.go   the table of precompiles; precompile_*.go and the rules are its rows
//	register.go, axon.go, prometheus.go, weights.go, commit.go   the neuron's rules
//	subnet_set.go the owner's setters (0x803); stake.go stakes (0x805)
//	native.go     signed extrinsics: what the pool takes; native_run.go fees, the
//	              guards and the same rules for their calls
//	epoch.go      schedule, pending emission, payout; consensus.go calls package yuma
//	dev.go        what only a devnet has: the faucet, and blocks ahead of time
//	state.go      records over a key-value view; store.go keeps its versions in SQLite
//	rpc_*.go      the served methods; runtime.go, metagraph.go and storage.go the
//	              SCALE replies
//
// A block and everything it changes are one SQLite transaction, synced before the
// block is announced. Old versions of the state are kept for StateWindow blocks.
package devnet

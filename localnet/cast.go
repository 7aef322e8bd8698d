package localnet

// The roles of the demo's nodes.
const (
	roleValidator = "validator"
	roleMiner     = "miner"
)

// actor is who a hotkey is in the demo. Only the demo knows; the nodes do not.
type actor struct{ role, profile string }

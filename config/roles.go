package config

import (
	"net/netip"
	"time"
)

// Addresses that are the same unless someone says otherwise.
const (
	DevnetListen    = "127.0.0.1:9955" // the embedded chain, served to other processes
	LocalnetListen  = "127.0.0.1:8480" // the localnet's page
	MinerOps        = "127.0.0.1:8092"
	ValidatorOps    = "127.0.0.1:8093"
	DevnetOps       = "127.0.0.1:8094"
	devnetBlockTime = 12 * time.Second
	devnetTempo     = 360
)

// Collect is where a miner's data comes from and how politely it is fetched.
type Collect struct {
	Feeds   []string         `key:"source.feed" help:"URL of a feed (Atom, RSS or JSON) whose pages are collected" form:"page"`
	Lists   []string         `key:"source.list" help:"URL of an index page whose links are collected" form:"page"`
	Links   string           `key:"source.links" help:"CSS selector of the links on an index page (default every link)"`
	Files   []string         `key:"source.file" help:"file of JSON lines to take in"`
	Allow   []string         `key:"source.allow" help:"host that pages may come from (default the hosts of the feeds, the lists and the programs)" form:"host"`
	Rate    float64          `key:"source.rate" help:"requests a second to one host" min:"0.01" max:"1000"`
	Every   time.Duration    `key:"source.every" help:"pause between two passes over the sources" min:"1" max:"86400"`
	Private []netip.AddrPort `key:"fetch.allow" help:"ip:port that may be fetched from although it is not public; shown at start"`
}

// Miner is the settings of "assay miner".
type Miner struct {
	Chain   Chain
	Data    Data
	Axon    Axon
	Subnet  Subnet
	Collect Collect
	Desk    Desk
	// ForceValidatorPermit serves only registered keys with a validator permit.
	ForceValidatorPermit bool `key:"force-validator-permit" alias:"blacklist.force_validator_permit" help:"answer only registered keys that hold a validator permit"`
	Ops                  Ops
	Log                  Log
}

// DefaultMiner is a miner on the devnet of this machine.
func DefaultMiner() *Miner {
	return &Miner{
		Chain: defaultChain(), Axon: defaultAxon(), Subnet: defaultSubnet(), Log: defaultLog(),
		Collect:              Collect{Rate: 1, Every: time.Minute},
		Desk:                 defaultDesk(),
		ForceValidatorPermit: true,
		Ops:                  Ops{Listen: MinerOps},
	}
}

func (m *Miner) readsFile() {}

func (m *Miner) complete(t *Table, env func(string) string, p *Problems) {
	m.Chain.complete(t, p)
	m.Data.complete(t, "miner", m.Chain, env, p)
	m.Axon.complete(m.Chain, p)
	m.Log.complete(t, p)
}

// Validator is the settings of "assay validator".
type Validator struct {
	Chain   Chain
	Data    Data
	Subnet  Subnet
	Ask     time.Duration    `key:"ask.budget" help:"time in a round to ask all miners" min:"0.1" max:"3600"`
	Fetch   time.Duration    `key:"fetch.budget" help:"time in a round to fetch the pages that miners cite" min:"0.1" max:"3600"`
	Rate    float64          `key:"fetch.rate" help:"requests a second to one host" min:"0.01" max:"1000"`
	Private []netip.AddrPort `key:"fetch.allow" help:"ip:port that may be fetched from although it is not public; shown at start"`
	Label   Label
	// Publish is where the record is shown to others; empty shows it nowhere.
	Publish string `key:"publish.listen" help:"address that the record is published on, up to the last vote that is revealed (default: not published); anyone who reaches it may read" form:"listen"`
	Ops     Ops
	Log     Log
}

// DefaultValidator is a validator on the devnet of this machine.
func DefaultValidator() *Validator {
	return &Validator{
		Chain: defaultChain(), Subnet: defaultSubnet(), Log: defaultLog(),
		Ask: 60 * time.Second, Fetch: 120 * time.Second, Rate: 2,
		Ops: Ops{Listen: ValidatorOps},
	}
}

func (v *Validator) readsFile() {}

func (v *Validator) complete(t *Table, env func(string) string, p *Problems) {
	v.Chain.complete(t, p)
	v.Data.complete(t, "validator", v.Chain, env, p)
	v.Label.complete(t, p)
	v.Log.complete(t, p)
}

// Devnet is the settings of "assay devnet".
type Devnet struct {
	Listen     string `key:"listen" help:"address that the chain is served on" form:"listen"`
	Dir        string `key:"dir" help:"folder for the chain's state (default $XDG_STATE_HOME/assay/devnet/<netuid>/chain, or below ~/.local/state)"`
	Netuid     uint16 `key:"netuid" help:"number of the subnet that the chain has"`
	Pace       Pace
	Hidden     bool     `key:"commit-reveal" help:"votes are hidden until they can no longer be copied, as on a real chain"`
	Validators []string `key:"validator" help:"account=tao: an Ethereum or SS58 address and the stake that it has in a new chain's first block" form:"stake"`
	Fund       []string `key:"fund" help:"Ethereum or SS58 address that has 1000 TAO in a new chain's first block, to register with" form:"account"`
	Owner      string   `key:"owner" help:"Ethereum or SS58 address that owns a new chain's subnet: it may change the hyperparameters and takes the owner's cut" form:"account"`
	Loopback   bool     `key:"loopback-axons" help:"let neurons announce addresses of this machine; no real chain does"`
	Ops        Ops
	Log        Log
}

// DefaultDevnet is a chain with the pace of a real one.
func DefaultDevnet() *Devnet {
	return &Devnet{
		Listen: DevnetListen, Netuid: 1, Hidden: true, Loopback: true, Log: defaultLog(),
		Pace: Pace{Tempo: devnetTempo, BlockTime: devnetBlockTime},
		Ops:  Ops{Listen: DevnetOps},
	}
}

func (d *Devnet) readsFile() {}

func (d *Devnet) complete(t *Table, env func(string) string, p *Problems) {
	d.Dir = dataDir(d.Dir, "chain", Chain{Network: "devnet", Netuid: d.Netuid}, env, p)
	d.Log.complete(t, p)
}

// Localnet is the settings of "assay localnet".
type Localnet struct {
	Epochs uint64 `key:"epochs" help:"stop after this many epochs; 0 goes on until Ctrl-C"`
	JSON   bool   `key:"json" help:"one JSON object per epoch on stdout and nothing else there"`
	Seed   uint64 `key:"seed" help:"fixes the site, the miners' behaviour and all keys (default: random, printed)"`
	Dir    string `key:"dir" help:"keep the data in this folder (default a temporary one, named at the end)"`
	Pace   Pace
	Hidden bool   `key:"commit-reveal" help:"votes are hidden until they can no longer be copied, as on a real chain"`
	Listen string `key:"listen" help:"address of the page; port 0 picks a free one" form:"listen"`
	Desk   string `key:"desk" help:"address of a labelling desk for you: adds a miner called you, whose labeller is whoever opens the page there (default: none); tasks close within seconds, so slow the chain down with --block-time 5s" form:"listen"`
}

// DefaultLocalnet is a subnet that shows scores within seconds.
func DefaultLocalnet() *Localnet {
	return &Localnet{Pace: Pace{Tempo: 12, BlockTime: time.Second}, Hidden: true, Listen: LocalnetListen}
}

// Metagraph is the settings of "assay metagraph".
type Metagraph struct {
	Chain Chain
	JSON  bool `key:"json" help:"as one JSON object, amounts in rao"`
	Wide  bool `key:"wide" help:"whole keys, in hex and SS58, and the coldkeys"`
}

// DefaultMetagraph is the subnet of the devnet of this machine.
func DefaultMetagraph() *Metagraph { return &Metagraph{Chain: defaultChain()} }

func (m *Metagraph) readsFile() {}

func (m *Metagraph) complete(t *Table, _ func(string) string, p *Problems) { m.Chain.complete(t, p) }

// Weights is the settings of "assay weights status" and "assay weights history".
type Weights struct {
	Chain  Chain
	Data   Data
	Hotkey string `key:"hotkey" help:"account of the validator, 0x and 64 hex digits or SS58 (default that of the record in the folder, or of the key)"`
	JSON   bool   `key:"json" help:"as JSON"`
}

// DefaultWeights is a validator on the devnet of this machine.
func DefaultWeights() *Weights { return &Weights{Chain: defaultChain()} }

func (w *Weights) readsFile() {}

func (w *Weights) complete(t *Table, env func(string) string, p *Problems) {
	w.Chain.complete(t, p)
	w.Data.complete(t, "validator", w.Chain, env, p)
}

// Role is the table of one command with its defaults, for documents and hints.
type Role struct {
	Name  string // the command without "assay"
	About string
	Table *Table
}

// Roles lists the commands that have settings.
func Roles() []Role {
	return []Role{
		{"localnet", "A whole subnet in one process.", New("assay localnet", DefaultLocalnet())},
		{"miner", "Collects data and serves it.", New("assay miner", DefaultMiner())},
		{"validator", "Samples miners, scores them and votes.", New("assay validator", DefaultValidator())},
		{"devnet", "Serves the embedded chain to other processes.", New("assay devnet", DefaultDevnet())},
		{"register", "Registers the hotkey, or prints what its coldkey signs for that.", New("assay register", DefaultRegister())},
		{"weights", "Shows how a validator's weights stand, and how they went.", New("assay weights", DefaultWeights())},
		{"metagraph", "Shows every neuron of a subnet as the chain has it.", New("assay metagraph", DefaultMetagraph())},
		{"wallet new", "Makes a hotkey.", New("assay wallet new", new(WalletNew))},
		{"wallet list", "Lists the wallets and the keystores in a folder.", New("assay wallet list", DefaultWalletList())},
		{"wallet show", "Shows what is public of a hotkey's file.", New("assay wallet show", new(WalletShow))},
	}
}

package web

// View is what the pages show, at one moment.
type View struct {
	Title    string // what is shown, such as "localnet" or "validator"
	Network  string // name of the chain
	Netuid   uint16
	Observer string // whose sight the score columns are, such as "validator-1"

	Block        uint64   // finalised head; 0 until there is one
	BlockSeconds float64  // between two blocks
	Epoch        uint64   // epochs that have run
	NextEpoch    uint64   // block of the next one; 0 when not known
	Round        uint64   // latest validation round; 0 until there is one
	Unclosed     uint64   // rounds that were opened and never closed
	LastVote     *Vote    // nil until one has landed
	Voting       string   // what is due about the vote, or when; empty when not known
	Warnings     []string // why the node cannot do its duty, with the cure

	Neurons []Neuron // in the order to be shown
	// Labels is how each labelling program stands; without any the section is left out.
	Labels []LabelProgram

	// Waterfall explains a miner's score; nil where there is nothing to explain.
	Waterfall func(uid uint16) ([]Row, bool)
	// Cells are what a miner's score is made of as pictures, in the order of the waterfall;
	// nil where there is nothing to draw.
	Cells func(uid uint16) []Cell
}

// Vote is a vote that the chain holds.
type Vote struct {
	Epoch uint64 // that it was cast for
	Block uint64 // that it landed in
}

// Neuron is a row of the metagraph. Shares are in 0..1, amounts in rao.
type Neuron struct {
	UID            uint16
	Hotkey         string
	Role           string // "miner" or "validator"
	Profile        string // a name, where there is one
	Stake          uint64
	ValidatorTrust float64
	Consensus      float64
	Incentive      float64
	Dividends      float64
	Emission       uint64 // in the latest epoch
	Updated        uint64 // blocks since its last vote
	Active         bool
	Axon           string // address, or empty
	Score          *Score // nil for validators
}

// Score is what the observer thinks of a miner.
type Score struct {
	Mean, Lower, Upper float64 // valid share and its interval
	Checked            uint64  // items that it rests on
	Value              float64
	Weight             float64 // normalised over all miners
	Rejected           bool
	OnTrial            bool     // turned bad in every cell
	Flags              []string // provable faults
	// Products are what the miner's pay is made of, in the order of the programs. Those
	// that pay it nothing may be left out.
	Products []Product
}

// Product is a data product's part of one miner's pay.
type Product struct {
	Name string
	Kind string  // of its items: "record" or "judgement"
	Pay  float64 // share of the miner's own pay, in 0..1; all products together have 1, or 0
}

// LabelProgram is how the labelling of a program stands.
type LabelProgram struct {
	Name     string
	Question string
	Judged   uint64 // tasks whose answers are in
	Gold     uint64 // of them, whose truth was known: this gold is spent
	Lost     uint64 // tasks whose truth could not be told
	Open     int    // tasks that wait for answers
	Waiting  int    // items that may still be asked about
	Raters   int    // miners that want work
	Passed   int    // of them, that passed the exam
}

// Row is one line of a waterfall.
type Row struct {
	// Product is the name of the data product that the row is about; rows of one product
	// that follow each other have a table of their own. Empty is about the whole score.
	Product string
	Level   int    // 0 begins a section, 1 is a factor, 2 an item
	Term    string // what it is
	Input   string // what went in
	Result  string // what came out
	Note    string // formula or reason
	// Share draws a bar when it is in (0, 1].
	Share float64
}

// Cell is how a miner's pay in one demand cell came about, step by step, and the test that
// its data stands in.
type Cell struct {
	Product string // the data product that the cell is of, as in Row
	Name    string
	// Steps begin with what the miner would be paid if nothing were taken off; each of the
	// others is what is left after one more thing is. The last is the pay.
	Steps []Step
	Test  *Test // nil where there is none to show
}

// Step is one step of a waterfall.
type Step struct {
	Term string  // what it is
	Note string  // what is taken off, as a factor or as numbers
	Left float64 // what is left, in units of pay, 0 or more
}

// Test is the operating characteristic of a test of valid shares, with one miner's
// standing on it.
type Test struct {
	Curves []Curve
	Marks  []Mark // shares that the test is made of
	Note   string // what the curves hold for
	// Mean, Lower and Upper are the miner's valid share and its interval, from Checked rows.
	Mean, Lower, Upper float64
	Checked            uint64
}

// Curve is the chance of an outcome by the true valid share.
type Curve struct {
	Name   string
	Points []Point // X ascending
}

// Point is a chance Y at a valid share X, both in 0..1.
type Point struct{ X, Y float64 }

// Mark names a share.
type Mark struct {
	Name  string
	Share float64
}

func (v *View) neuron(uid uint16) (Neuron, bool) {
	for _, n := range v.Neurons {
		if n.UID == uid {
			return n, true
		}
	}
	return Neuron{}, false
}

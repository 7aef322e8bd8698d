package lab

// The tables of a run, in long form: one row for one value of one thing at one time. The
// tags name the columns of both the Parquet and the CSV file. A run is the number of a
// repetition, from 0; an actor is a miner, or all keys of one owner together.

// Actor says who played.
type Actor struct {
	Run   int    `parquet:"run" csv:"run"`
	Actor string `parquet:"actor" csv:"actor"`
	Role  string `parquet:"role" csv:"role"` // miner or validator
	// Kind is honest, or the name of the adversary.
	Kind string `parquet:"kind" csv:"kind"`
	Keys int    `parquet:"keys" csv:"keys"`
	// Settings of an adversary, as name=value, by name; empty for an honest one.
	Settings string `parquet:"settings" csv:"settings"`
}

// Pay is what a miner got in an epoch.
type Pay struct {
	Run   int    `parquet:"run" csv:"run"`
	Epoch uint64 `parquet:"epoch" csv:"epoch"`
	Actor string `parquet:"actor" csv:"actor"`
	Kind  string `parquet:"kind" csv:"kind"`
	// Weight is the stake-weighted mean of the votes for it, Incentive what the chain made
	// of them; both are shares of all miners' in [0, 1].
	Weight    float64 `parquet:"weight" csv:"weight"`
	Incentive float64 `parquet:"incentive" csv:"incentive"`
}

// Weight is one entry of the vote of one validator, normalised to a sum of 1.
type Weight struct {
	Run       int     `parquet:"run" csv:"run"`
	Epoch     uint64  `parquet:"epoch" csv:"epoch"`
	Validator string  `parquet:"validator" csv:"validator"`
	Miner     string  `parquet:"miner" csv:"miner"`
	Weight    float64 `parquet:"weight" csv:"weight"`
}

// Trust is what an epoch made of a validator. Stake and Dividends are shares of all.
type Trust struct {
	Run       int     `parquet:"run" csv:"run"`
	Epoch     uint64  `parquet:"epoch" csv:"epoch"`
	Validator string  `parquet:"validator" csv:"validator"`
	Kind      string  `parquet:"kind" csv:"kind"`
	Stake     float64 `parquet:"stake" csv:"stake"`
	VTrust    float64 `parquet:"vtrust" csv:"vtrust"`
	Dividends float64 `parquet:"dividends" csv:"dividends"`
	Fetches   uint64  `parquet:"fetches" csv:"fetches"` // pages, in this epoch
}

// Event is a decision on a miner, when it was taken.
type Event struct {
	Run       int    `parquet:"run" csv:"run"`
	Epoch     uint64 `parquet:"epoch" csv:"epoch"`
	Round     uint64 `parquet:"round" csv:"round"`
	Validator string `parquet:"validator" csv:"validator"`
	Actor     string `parquet:"actor" csv:"actor"`
	Kind      string `parquet:"kind" csv:"kind"`
	Event     string `parquet:"event" csv:"event"`   // rejected, alarmed, flagged or watched
	Items     uint64 `parquet:"items" csv:"items"`   // checked of the actor, by this validator, up to then
	Epochs    uint64 `parquet:"epochs" csv:"epochs"` // since the key was registered
}

// Verdict is one adversary against one set of parameters. Ratio is its pay over that of
// the honest work that it displaces, in its worst case over its own settings; Lower and
// Upper bound it at 95 %. Outcome is that of the call, of an attack on the wire.
type Verdict struct {
	Name           string  `parquet:"name" csv:"name"`
	Settings       string  `parquet:"settings" csv:"settings"`
	Ratio          float64 `parquet:"ratio" csv:"ratio"`
	Lower          float64 `parquet:"lower" csv:"lower"`
	Upper          float64 `parquet:"upper" csv:"upper"`
	Pays           bool    `parquet:"pays" csv:"pays"`
	DetectedItems  float64 `parquet:"detected_items" csv:"detected_items"`   // median; NaN: never
	DetectedEpochs float64 `parquet:"detected_epochs" csv:"detected_epochs"` // median; NaN: never
	Outcome        string  `parquet:"outcome" csv:"outcome"`
}

// Share is a point of the curve of pay against the share of fakes.
type Share struct {
	Fakes float64 `parquet:"fakes" csv:"fakes"`
	Ratio float64 `parquet:"ratio" csv:"ratio"`
	Lower float64 `parquet:"lower" csv:"lower"`
	Upper float64 `parquet:"upper" csv:"upper"`
	Runs  int     `parquet:"runs" csv:"runs"`
}

// Characteristic is a point of the operating characteristic of an acceptance rule: the
// chance that it accepts a miner of a valid share, and the items that it takes.
type Characteristic struct {
	Rule      string  `parquet:"rule" csv:"rule"`
	Valid     float64 `parquet:"valid" csv:"valid"` // true share of valid items
	Theory    float64 `parquet:"theory" csv:"theory"`
	Simulated float64 `parquet:"simulated" csv:"simulated"`
	Lower     float64 `parquet:"lower" csv:"lower"` // of Simulated, at 95 %
	Upper     float64 `parquet:"upper" csv:"upper"`
	// Items are the expected number until the decision.
	ItemsTheory    float64 `parquet:"items_theory" csv:"items_theory"`
	ItemsSimulated float64 `parquet:"items_simulated" csv:"items_simulated"`
	Runs           int     `parquet:"runs" csv:"runs"`
}

// Trial is one point of a sweep or a search: one row for each parameter and for each
// measure of the point, and its outcome, which is named objective (what is minimised) or
// violation (of the constraints; 0 where all hold). NaN is the outcome of a point of which
// no parameter file can be made. The measures of the best point with seeds that did not
// choose it are confirmed.
type Trial struct {
	Point int     `parquet:"point" csv:"point"`
	Type  string  `parquet:"type" csv:"type"` // parameter, measure, outcome or confirmed
	Name  string  `parquet:"name" csv:"name"`
	Value float64 `parquet:"value" csv:"value"`
	Lower float64 `parquet:"lower" csv:"lower"` // of a measure, at 95 %; else Value
	Upper float64 `parquet:"upper" csv:"upper"`
}

// Tables are the names of the files of the tables, without their endings.
const (
	TableActors          = "actors"
	TablePay             = "pay"
	TableWeights         = "weights"
	TableTrust           = "trust"
	TableEvents          = "events"
	TableVerdicts        = "verdicts"
	TableLimits          = "limits"
	TableShares          = "shares"
	TableCharacteristics = "characteristics"
	TableTrials          = "trials"
)

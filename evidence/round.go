package evidence

import (
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Started opens a record, and again each run of the validator that continues it.
type Started struct {
	_         struct{} `cbor:",toarray"`
	Software  string
	Validator protocol.Hotkey
	Netuid    uint16
	Genesis   item.Hash // of the chain
	Tip       item.Hash // end of the reverse hash chain of round secrets
	Length    uint64    // of that hash chain
	Fold      uint16    // version of the fold that this run scores with
	// RoundBlocks is the length of a round: its number is block / RoundBlocks.
	RoundBlocks uint64
}

// Kind implements Body.
func (*Started) Kind() Kind { return KindStarted }

// Parameters records the scoring parameters in force from here on, as the bytes
// that they were read from.
type Parameters struct {
	_      struct{} `cbor:",toarray"`
	Source []byte
}

// Kind implements Body.
func (*Parameters) Kind() Kind { return KindParameters }

// Program records a program file in force from here on.
type Program struct {
	_      struct{} `cbor:",toarray"`
	Source []byte
}

// Kind implements Body.
func (*Program) Kind() Kind { return KindProgram }

// Neuron is a row of the metagraph, as far as a round and a vote need it.
type Neuron struct {
	_       struct{} `cbor:",toarray"`
	UID     uint16
	Hotkey  protocol.Hotkey
	Permit  bool // holds a validator permit
	Serving bool // announces an axon
}

// Opened begins a round, before anyone is asked.
type Opened struct {
	_         struct{} `cbor:",toarray"`
	Round     uint64
	Secret    uint64 // which secret of the chain seeds this round; the tip is 0
	Block     uint64
	BlockHash item.Hash
	Time      int64  // the block's time, unix seconds
	Epoch     uint64 // epochs that the subnet has run by this block
	Neurons   []Neuron
	Rules     item.Hash // digest of the parameters and programs in force
	Fold      uint16
}

// Kind implements Body.
func (*Opened) Kind() Kind { return KindOpened }

// Call is one request to a miner and what came of it.
type Call struct {
	_       struct{} `cbor:",toarray"`
	Request []byte   // the envelope sent
	Answer  []byte   // the envelope received; empty when there was none
	Outcome Outcome
	Reason  protocol.Reason // why not Answered; empty otherwise
	Millis  uint32          // from sending to the answer's last byte
	told    *Reading        // of a call that has no bytes
}

// Exchange is a round's conversation with one miner. The calls are in the order
// in which they were made: root, items, claims, as far as it came.
type Exchange struct {
	_     struct{} `cbor:",toarray"`
	Round uint64
	Miner protocol.Hotkey
	Calls []Call
}

// Kind implements Body.
func (*Exchange) Kind() Kind { return KindExchange }

// FetchStatus is what re-fetching a source came to.
type FetchStatus uint8

// The statuses. Only Found and Gone say something of the item; all others are
// our own or the source's fault, and unknown.
const (
	FetchFound   FetchStatus = 1 // the page is there
	FetchGone    FetchStatus = 2 // the source says that there is no such page
	FetchBarred  FetchStatus = 3 // robots.txt or the program's host list forbids it
	FetchFailed  FetchStatus = 4 // time-out, server error, broken or unreadable answer
	FetchRefused FetchStatus = 5 // the address is one that a validator must not fetch
)

// Fetch is one page as this validator saw it.
type Fetch struct {
	_       struct{} `cbor:",toarray"`
	URI     string
	Control bool // a known-good page, fetched to measure our own noise
	Status  FetchStatus
	Code    string // the fetcher's reason
	// ID is the content id of what was found, under the address that the page
	// states. Address is that address, where it is not the URI asked for: then the
	// item that cites the URI is not the page's own.
	ID      item.Hash
	Address string
	// Label is the label that the page states, empty when none.
	Label string
	// Record is the canonical record found, kept only where its id is not the
	// one that was expected; otherwise it stands in the exchange already.
	Record []byte
}

// Reference is what the validator fetched in a round.
type Reference struct {
	_       struct{} `cbor:",toarray"`
	Round   uint64
	Fetches []Fetch
}

// Kind implements Body.
func (*Reference) Kind() Kind { return KindReference }

// Closed ends a round and reveals its secret. Only closed rounds weigh.
type Closed struct {
	_      struct{} `cbor:",toarray"`
	Round  uint64
	Secret item.Hash
}

// Kind implements Body.
func (*Closed) Kind() Kind { return KindClosed }

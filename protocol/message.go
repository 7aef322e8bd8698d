package protocol

import (
	"fmt"

	"github.com/assaynet/assay/item"
)

// Kind says which message an envelope carries. A request's kind is odd, its
// answer's is the next even number.
type Kind uint8

// The kinds of message. KindRefusal answers any request.
const (
	KindRootRequest   Kind = 1
	KindRootAnswer    Kind = 2
	KindItemsRequest  Kind = 3
	KindItemsAnswer   Kind = 4
	KindClaimsRequest Kind = 5
	KindClaimsAnswer  Kind = 6
	KindRefusal       Kind = 8
	KindTasksRequest  Kind = 9
	KindTasksAnswer   Kind = 10
)

// IsRequest reports whether the kind is one that a validator asks with.
func (k Kind) IsRequest() bool {
	return k == KindRootRequest || k == KindItemsRequest || k == KindClaimsRequest || k == KindTasksRequest
}

// String is the kind's name, for logs and metric labels of known kinds.
func (k Kind) String() string {
	switch k {
	case KindRootRequest:
		return "root_request"
	case KindRootAnswer:
		return "root_answer"
	case KindItemsRequest:
		return "items_request"
	case KindItemsAnswer:
		return "items_answer"
	case KindClaimsRequest:
		return "claims_request"
	case KindClaimsAnswer:
		return "claims_answer"
	case KindRefusal:
		return "refusal"
	case KindTasksRequest:
		return "tasks_request"
	case KindTasksAnswer:
		return "tasks_answer"
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Anchor is the head of a validator's record, carried by each of its requests.
// A peer that keeps it can later show that an entry up to it was removed,
// reordered or changed.
type Anchor struct {
	_    struct{} `cbor:",toarray"`
	Seq  uint64
	Hash item.Hash
}

// RootRequest asks a miner for its newest index root.
type RootRequest struct {
	_    struct{} `cbor:",toarray"`
	Head Anchor
	// Tip is the end of the reverse hash chain that the validator's round
	// secrets come from.
	Tip item.Hash
}

// RootAnswer gives the newest index root.
type RootAnswer struct {
	_    struct{} `cbor:",toarray"`
	Root SignedRoot
}

// SignedRoot is a miner's commitment to its index, valid on its own: two with
// one sequence number and different content prove equivocation.
type SignedRoot struct {
	_         struct{} `cbor:",toarray"`
	Netuid    uint16
	Miner     Hotkey
	Seq       uint64 // 1 for the first root, then one more each time
	Hash      item.Hash
	Bytes     uint64 // sum of canonical lengths
	Count     uint64
	Signature Signature
}

// Receipt is a validator's word that it saw a root, and when. The time of a
// root is the block of its receipt, never a block that the miner writes.
type Receipt struct {
	_         struct{} `cbor:",toarray"`
	Netuid    uint16
	Validator Hotkey
	Miner     Hotkey
	Seq       uint64
	Root      item.Hash // SignedRoot.Digest
	Round     uint64
	Block     uint64
	Signature Signature
}

// DrawMode says how a draw finds its leaf.
type DrawMode uint8

const (
	// DrawByte draws in proportion to size: the leaf under byte
	// floor(U·Bytes/2^64) of the index.
	DrawByte DrawMode = 1
	// DrawCell draws uniformly over the cells that hold a leaf, then over the
	// leaves of the cell: cell number floor(U·cells/2^64) in key order, leaf
	// number floor(V·count/2^64) in it.
	DrawCell DrawMode = 2
	// DrawByteOf draws in proportion to size among a program's leaves: the one under
	// byte floor(U·Bytes/2^64) of those of program V. It lands on nothing where the
	// program has none.
	DrawByteOf DrawMode = 3
	// DrawCellOf draws uniformly over the cells of program V that hold a leaf, then
	// over the leaves of the cell: U·cells/2^64 gives the cell by its whole part and,
	// by its fraction, the leaf.
	DrawCellOf DrawMode = 4
	// DrawBucket takes all leaves of a bucket, in key order, perhaps none: of program U,
	// of the cell V>>32 and the span that V's lower half names.
	DrawBucket DrawMode = 5
)

// Draw is one question: the random numbers that choose a leaf of a root.
type Draw struct {
	_    struct{} `cbor:",toarray"`
	Mode DrawMode
	U, V uint64
}

// Part is the draws under one root.
type Part struct {
	_     struct{} `cbor:",toarray"`
	Seq   uint64
	Draws []Draw
}

// ItemsRequest asks for the items that draws land on, under roots which this
// validator receipted in earlier rounds. It also hands over the receipt of the
// root shown in this round.
type ItemsRequest struct {
	_       struct{} `cbor:",toarray"`
	Head    Anchor
	Receipt *Receipt // nil when this round's root was receipted before
	Parts   []Part
}

// ItemsAnswer holds one set of opened nodes for all parts (they prove the sums
// of every cell of each part's root and the path to each drawn leaf), and the
// drawn items.
type ItemsAnswer struct {
	_     struct{} `cbor:",toarray"`
	Nodes [][]byte
	Items [][]byte // item.Item encodings, each once
	// Drawn[p] are the indices in Items of what part p's draws landed on, draw after
	// draw: one for each draw by bytes or cells, as many as there are for a bucket.
	Drawn [][]uint16
}

// ClaimAsk names a key drawn from some miner, and the latest receipt block that
// would still matter.
type ClaimAsk struct {
	_        struct{} `cbor:",toarray"`
	Key      item.Key
	NotAfter uint64
}

// ClaimsRequest asks which keys a miner can prove under a root that this
// validator receipted at or before NotAfter. Silence makes no claim.
type ClaimsRequest struct {
	_    struct{} `cbor:",toarray"`
	Head Anchor
	// Newest is the newest root of the miner that the validator knows. What is
	// claimed must be under it too: who no longer serves it has no credit for it.
	Newest uint64
	Asks   []ClaimAsk
}

// Claim proves inclusion of ask Index under the root of sequence number Seq, and
// under the request's Newest.
type Claim struct {
	_     struct{} `cbor:",toarray"`
	Index uint16
	Seq   uint64
}

// ClaimsAnswer holds the claims and one set of nodes that proves them all.
type ClaimsAnswer struct {
	_      struct{} `cbor:",toarray"`
	Nodes  [][]byte
	Claims []Claim // ascending by Index, at most one each
}

// Refusal answers a request that will not be served, with the reason.
type Refusal struct {
	_       struct{} `cbor:",toarray"`
	Code    string   // a Reason code
	Message string   // for people; never parsed
}

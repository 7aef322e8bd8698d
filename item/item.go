package item

import "strconv"

// Kind says what an item's canonical bytes hold.
type Kind uint8

// The kinds of item.
const (
	KindRecord    Kind = 1 // a post, page, mail or conversation: see Record
	KindChain     Kind = 2 // raw or decoded ledger data with its commitment
	KindSeries    Kind = 3 // multi-channel samples
	KindBlob      Kind = 4 // opaque chunked bytes, possibly sealed
	KindJudgement Kind = 5 // an answer about other items
)

// String is the kind's name, as program files write it.
func (k Kind) String() string {
	switch k {
	case KindRecord:
		return "record"
	case KindChain:
		return "chain"
	case KindSeries:
		return "series"
	case KindBlob:
		return "blob"
	case KindJudgement:
		return "judgement"
	}
	return "kind " + strconv.Itoa(int(k))
}

// Valid reports whether k is one of the kinds above.
func (k Kind) Valid() bool { return k >= KindRecord && k <= KindJudgement }

// Item is an immutable piece of data with its source and its attribution.
type Item struct {
	_           struct{} `cbor:",toarray"`
	Kind        Kind
	URI         string // the source, as CanonicalURI spells it
	Canonical   []byte // the content; never empty
	Label       string
	Contributor string
	Licence     string // an SPDX expression
	Parents     []Hash // content ids of what this was made from
}

// ID is the content id:
//
//	Sum("assay/content/v1", kind, URI, Canonical)
//
// What stands beside the content is not in it; see Attrs.
func (it *Item) ID() Hash {
	return Sum("assay/content/v1", []byte{byte(it.Kind)}, []byte(it.URI), it.Canonical)
}

// Attrs is the digest of what stands beside the content:
//
//	Sum("assay/attrs/v1", label, contributor, licence, parent 1, parent 2, …)
func (it *Item) Attrs() Hash {
	parts := make([][]byte, 0, 3+len(it.Parents))
	parts = append(parts, []byte(it.Label), []byte(it.Contributor), []byte(it.Licence))
	for i := range it.Parents {
		parts = append(parts, it.Parents[i][:])
	}
	return Sum("assay/attrs/v1", parts...)
}

package evidence

import (
	"encoding/binary"

	"github.com/assaynet/assay/item"
)

// Tasks are what a round asks of one program's labellers. It stands after Opened and
// before the first exchange. Who is asked which of them follows from the round's seed.
type Tasks struct {
	_       struct{} `cbor:",toarray"`
	Round   uint64
	Program string
	Due     uint64 // the last round in which a root may be shown that holds the answers
	Tasks   []Sealed
}

// Kind implements Body.
func (*Tasks) Kind() Kind { return KindTasks }

// Sealed is a task whose truth, if the validator knows it, is committed and hidden.
type Sealed struct {
	_        struct{}    `cbor:",toarray"`
	Subjects []item.Hash // content ids, ascending where there are two
	Seal     item.Hash   // SealOf the truth
}

// Truths open the seals of an earlier round's tasks, once their answers are in. The
// truth of a task that is not gold is empty.
type Truths struct {
	_       struct{} `cbor:",toarray"`
	Round   uint64   // in which they are opened
	Program string
	Of      uint64    // the round of the tasks
	Key     item.Hash // of the seals
	Truths  []string
}

// Kind implements Body.
func (*Truths) Kind() Kind { return KindTruths }

// SealOf is the commitment to the truth of task i of a round:
//
//	Sum("assay/seal/v1", key, i, truth)
//
// The key is random and opened with the truths, so that until then a gold task looks
// like any other.
func SealOf(key item.Hash, i int, truth string) item.Hash {
	return item.Sum("assay/seal/v1", key[:], binary.BigEndian.AppendUint32(nil, uint32(i)), []byte(truth))
}

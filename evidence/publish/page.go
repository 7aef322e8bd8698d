package publish

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
)

// Limits of a page. One entry may be longer than MaxPageBytes; it then stands alone.
const (
	MaxPageEntries = 512
	MaxPageBytes   = 4 << 20

	pageHead  = 8 + 32
	entryHead = 1 + 4
	// pageLimit is the longest page there can be.
	pageLimit = pageHead + MaxPageEntries*entryHead + max(MaxPageBytes, evidence.MaxEntryBytes)
)

// appendPageHead begins the page of the entries after a head.
func appendPageHead(b []byte, after evidence.Head) []byte {
	b = binary.BigEndian.AppendUint64(b, after.Seq+1)
	return append(b, after.Hash[:]...)
}

func appendEntry(b []byte, e evidence.Entry) []byte {
	b = append(b, byte(e.Body.Kind()))
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.Bytes)))
	return append(b, e.Bytes...)
}

// errContradicts is a page that does not follow what is there already.
var errContradicts = errors.New("it does not follow the entry before it")

// openPage reads a page that has to follow a head, strictly, and gives its bodies
// and the head that they lead to.
func openPage(page []byte, after evidence.Head) ([]evidence.Body, evidence.Head, error) {
	if len(page) < pageHead {
		return nil, after, fmt.Errorf("a page of %d bytes", len(page))
	}
	seq, prev := binary.BigEndian.Uint64(page), item.Hash(page[8:pageHead])
	if seq != after.Seq+1 {
		return nil, after, fmt.Errorf("a page from entry %d, asked for %d", seq, after.Seq+1)
	}
	if prev != after.Hash {
		return nil, after, errContradicts
	}
	var bodies []evidence.Body
	for rest := page[pageHead:]; len(rest) > 0; {
		if len(rest) < entryHead || len(bodies) == MaxPageEntries {
			return nil, after, fmt.Errorf("entry %d: the page is torn or too long", after.Seq+1)
		}
		kind, length := evidence.Kind(rest[0]), uint64(binary.BigEndian.Uint32(rest[1:]))
		if rest = rest[entryHead:]; length > uint64(len(rest)) {
			return nil, after, fmt.Errorf("entry %d: the page is torn", after.Seq+1)
		}
		raw := rest[:length:length]
		rest = rest[length:]
		body, err := evidence.Decode(kind, raw)
		if err != nil {
			return nil, after, fmt.Errorf("entry %d: %w", after.Seq+1, err)
		}
		after = evidence.Head{Seq: after.Seq + 1, Hash: evidence.Digest(after.Seq+1, after.Hash, kind, raw)}
		bodies = append(bodies, body)
	}
	if len(bodies) == 0 {
		return nil, after, errors.New("a page without entries")
	}
	return bodies, after, nil
}

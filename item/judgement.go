package item

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"unicode/utf8"
)

// Limits on a judgement, in bytes.
const (
	MaxAnswer   = 256
	MaxComment  = 2000
	MaxLabeller = 80
	MaxLabelSig = 65
)

// Judgement is the content of an item of KindJudgement: one answer to one task. The
// item's URI is TaskURI, its parents are the content ids of what was judged, in the
// order in which it was shown, its label is the answer, and its contributor is the
// labeller.
type Judgement struct {
	_ struct{} `cbor:",toarray"`
	// Assignment is the digest of the request that handed the task out, and Index the
	// task's place in it.
	Assignment Hash
	Index      uint16
	Answer     string
	Comment    string // for people; may be empty
	Labeller   string // who answered: a form of package protocol
	Millis     uint32 // time on the task
	Signature  []byte // by the labeller, over protocol.JudgementText
}

// TaskID names a task: Sum("assay/task/v1", assignment, index).
func TaskID(assignment Hash, index uint16) Hash {
	return Sum("assay/task/v1", assignment[:], binary.BigEndian.AppendUint16(nil, index))
}

// TaskURI is the source URI of every judgement of a task.
func TaskURI(task Hash) string { return "urn:assay:task:" + hex.EncodeToString(task[:]) }

// Task is the id of the task that is answered.
func (j *Judgement) Task() Hash { return TaskID(j.Assignment, j.Index) }

// Canonical is the judgement's canonical bytes: a deterministic CBOR array of its
// fields. It fails with ErrInvalid for texts that are too long or not of one line; a
// comment may have several.
func (j Judgement) Canonical() ([]byte, error) {
	if err := j.validate(); err != nil {
		return nil, fmt.Errorf("canonical judgement: %w", err)
	}
	b, err := encMode.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("canonical judgement: %w", err)
	}
	return b, nil
}

func (j *Judgement) validate() error {
	if j.Answer == "" {
		return fmt.Errorf("%w: no answer", ErrInvalid)
	}
	if err := checkLine("answer", j.Answer, MaxAnswer); err != nil {
		return err
	}
	if err := checkLine("labeller", j.Labeller, MaxLabeller); err != nil {
		return err
	}
	if !utf8.ValidString(j.Comment) {
		return fmt.Errorf("%w: comment is not UTF-8", ErrInvalid)
	}
	if len(j.Comment) > MaxComment {
		return fmt.Errorf("%w: comment of %d bytes, at most %d", ErrInvalid, len(j.Comment), MaxComment)
	}
	if len(j.Signature) > MaxLabelSig {
		return fmt.Errorf("%w: signature of %d bytes, at most %d", ErrInvalid, len(j.Signature), MaxLabelSig)
	}
	return nil
}

// DecodeJudgement reads what Canonical writes and nothing else. Errors wrap
// ErrInvalid.
func DecodeJudgement(b []byte) (Judgement, error) {
	var j Judgement
	if err := decMode.Unmarshal(b, &j); err != nil {
		return Judgement{}, fmt.Errorf("decode judgement: %w: %w", ErrInvalid, err)
	}
	again, err := j.Canonical()
	if err != nil {
		return Judgement{}, fmt.Errorf("decode judgement: %w", err)
	}
	if !bytes.Equal(again, b) {
		return Judgement{}, fmt.Errorf("decode judgement: %w: not the deterministic encoding", ErrInvalid)
	}
	return j, nil
}

package validator

import (
	"encoding/binary"
	"flag"
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	journal "github.com/assaynet/assay/evidence/log"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/scoring/aggregate"
	"github.com/assaynet/assay/validator/golden"
)

var recordFrom = flag.String("record-from", "", "folder of a validator, whose record is kept as the golden one of this fold version: run the tests once more to see what it comes to")

// keepRecord packs a record that a run left on disk.
func keepRecord(t *testing.T, folder string) {
	t.Helper()
	record, err := journal.OpenReadOnly(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer record.Close()
	packed, err := golden.Pack(record.Entries(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("golden", golden.Path(golden.Name(scoring.FoldVersion))), packed, 0o644); err != nil {
		t.Fatal(err)
	}
}

// transcript folds a record and notes the bits of every score after each closed
// round, and every vote, and whether any cell was put on trial.
func transcript(t *testing.T, entries iter.Seq2[evidence.Entry, error]) (scores item.Hash, votes []string, turned bool) {
	t.Helper()
	state := scoring.New()
	var bits []byte
	for e, err := range entries {
		if err == nil {
			err = state.Fold(e)
		}
		if err != nil {
			t.Fatal(err)
		}
		switch b := e.Body.(type) {
		case *evidence.Closed:
			for _, s := range state.Scores() {
				bits = binary.BigEndian.AppendUint16(bits, s.UID)
				for _, v := range []float64{s.Value, s.Weight, s.ValidShare.Mean, s.ValidShare.Lower, s.ValidShare.Upper} {
					bits = binary.BigEndian.AppendUint64(bits, math.Float64bits(v))
				}
				for _, c := range s.Cells {
					for _, v := range []float64{c.UniqueBytes, c.NetworkBytes, c.Credit, c.Freshness, c.Standing.Lower, c.Noise, c.LogE, c.Pay} {
						bits = binary.BigEndian.AppendUint64(bits, math.Float64bits(v))
					}
					if c.Judges { // of fold version 3
						bits = binary.BigEndian.AppendUint64(bits, math.Float64bits(c.Skill))
					}
					if c.CUSUM > 0 || c.OnTrial { // of fold version 2
						bits = binary.BigEndian.AppendUint64(bits, math.Float64bits(c.CUSUM))
						turned = turned || c.OnTrial
					}
				}
			}
		case *evidence.Intent:
			votes = append(votes, fmt.Sprint(b.UIDs, b.Weights))
		}
	}
	return item.Sum("golden", bits), votes, turned
}

// labelsOf makes the labels of a record and notes the bits of each.
func labelsOf(t *testing.T, entries iter.Seq2[evidence.Entry, error]) (digest item.Hash, n int) {
	t.Helper()
	state := scoring.New()
	judged := map[string][]scoring.Judged{}
	state.OnJudged(func(j scoring.Judged) { judged[j.Program] = append(judged[j.Program], j) })
	for e, err := range entries {
		if err == nil {
			err = state.Fold(e)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var bits []byte
	for _, p := range state.Programs() {
		if !p.Judges() {
			continue
		}
		made, err := aggregate.Labels(p, judged[p.Name])
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range made.Tasks {
			for _, id := range l.Subjects {
				bits = append(bits, id[:]...)
			}
			bits = binary.BigEndian.AppendUint64(append(bits, l.Label...), math.Float64bits(l.Probability))
			n++
		}
	}
	return item.Sum("golden labels", bits), n
}

// A record that another release made, on another machine, replays to the same bits:
// not only its votes, which are rounded, but every score on the way to them. What is
// expected here was computed by the release that made the record.
func TestGoldenRecord(t *testing.T) {
	if *recordFrom != "" {
		keepRecord(t, *recordFrom)
	}
	for _, c := range []struct {
		record string
		report string
		scores string
		votes  []string
		turned bool
		labels string // digest of all labels; empty of records without
	}{
		{
			record: "fold1",
			report: "rounds=12 votes=2 mismatches=0 closed=12 unclosed=0 calls=260 entries=137 anchors=0 tips=1 head=0x84d5136fc1220a0a2c9517d07f6f36ad7cb27048264d3fa06ce82b7197c70baf",
			scores: "0xa24cc14ef3e9834536f5dc80189d2e50c49f0a33c9080a0c7de3f86eb24d624d",
			votes:  []string{"[3 4 5 6] [59590 65535 55551 47360]", "[3 4 5 6 10] [65535 55905 48749 30801 34735]"},
		},
		{
			record: "fold2",
			report: "rounds=18 votes=3 mismatches=0 closed=18 unclosed=0 calls=404 entries=206 anchors=0 tips=1 head=0x68b62ff8fd964be7f1bdb9c5e1866953d40d1d3ca87c92a8ea382e4334323634",
			scores: "0xdb2513a1aa8241ddecb166bb9825d70a320048b040d6ec939599acf8c652a0cd",
			votes:  []string{"[3 4 5 6] [56320 45959 65535 55515]", "[3 4 5 6 10] [54386 36828 65535 35506 28876]", "[3 4 5 6 10] [54194 37733 65535 34152 40871]"},
			turned: true,
		},
		{
			record: "fold3",
			report: "rounds=30 votes=5 mismatches=0 closed=30 unclosed=0 calls=1811 entries=631 anchors=0 tips=1 head=0xd36a3336eda88485b83305a68b290d8bb62d2f7dc72dda67abaede9e78c2a959",
			scores: "0xcaf202d8d431e2694a4d8e378e7b04146e51f0e82d5285f0b2b31930c83e3327",
			votes: []string{
				"[3 4 5 6] [65535 12077 37769 10441]", "[3 4 5 6 17] [65535 25461 39902 27993 28840]", "[3 4 5 6 17] [65535 23413 39614 25535 30925]",
				"[3 4 5 6 17] [65535 24525 40957 25711 34601]", "[3 4 5 6 17] [65535 24208 41831 26199 34881]",
			},
			turned: true,
			labels: "0x1bf5bd3cc8fb95510b4ddba57889a8df3b86f05c33d1180d4694ccb9a078c893",
		},
		{
			record: "fold4",
			report: "rounds=24 votes=4 mismatches=0 closed=24 unclosed=0 calls=1489 entries=502 anchors=0 tips=1 head=0x9d4fe89d863f5649a717c98c6004f02f46756b51655707a3bab6595bef941913",
			scores: "0xb19bb5343fa611630458d8195a624e80e13c071e603b2d8b196fd96e2f52e71c",
			votes: []string{
				"[3 4 5 6] [65535 25479 29669 20490]",
				"[3 4 5 6 17] [65535 24283 40670 22561 34783]",
				"[3 4 5 6 17] [65535 24237 43021 25903 34197]",
				"[3 4 5 6 17] [65535 24414 42739 27710 38120]",
			},
			turned: true,
			labels: "0x23ab8961f5ee08e9d116335117d165101a0b881bfd4d2a8fd20862927bf887f1",
		},
	} {
		bodies, err := golden.Bodies(c.record)
		if err != nil {
			t.Fatal(err)
		}
		report, err := Replay(golden.Chain(bodies...), nil)
		if err != nil || report.String() != c.report {
			t.Errorf("%s: %v\n%v\nwant\n%v", c.record, err, report, c.report)
		}
		scores, votes, turned := transcript(t, golden.Chain(bodies...))
		if turned != c.turned {
			t.Errorf("%s: a cell on trial: %v", c.record, turned)
		}
		if scores.String() != c.scores {
			t.Errorf("%s: the scores have the digest %s, want %s", c.record, scores, c.scores)
		}
		if labels, n := labelsOf(t, golden.Chain(bodies...)); n > 0 && labels.String() != c.labels || n == 0 && c.labels != "" {
			t.Errorf("%s: %d labels have the digest %s, want %s", c.record, n, labels, c.labels)
		}
		if strings.Join(votes, "\n") != strings.Join(c.votes, "\n") {
			t.Errorf("%s: votes\n%s\nwant\n%s", c.record, strings.Join(votes, "\n"), strings.Join(c.votes, "\n"))
		}
	}
}

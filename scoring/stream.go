package scoring

import (
	"encoding/binary"
	"fmt"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

// Stream is the verdicts on one miner that serves one program from one host, by the code
// of the fold, where rows are stated and not drawn from a record. It is for studies of
// how often verdicts err, of which a record's rounds are the smaller part of the work.
type Stream struct {
	state *State
	miner *miner
	p     *program.Program
	host  string
	items uint64
}

// StreamRow is a drawn item that was decided.
type StreamRow struct {
	Cell uint8
	Pass bool
}

// NewStream reads parameters and a program as texts. The parameters must have paired set.
func NewStream(parameters, source []byte) (*Stream, error) {
	params, err := DecodeParameters(parameters)
	if err != nil {
		return nil, err
	}
	p, err := program.Decode(source)
	if err != nil {
		return nil, err
	}
	if !params.Paired || p.Judges() {
		return nil, fmt.Errorf("a stream of rows needs paired: true and a program that collects")
	}
	s := New()
	s.params, s.started, s.programs = params, &evidence.Started{Fold: FoldVersion}, []*program.Program{p}
	return &Stream{state: s, miner: newMiner(protocol.Hotkey{1}), p: p, host: p.Sources[0].Hosts[0]}, nil
}

// Program is the program of the stream.
func (s *Stream) Program() *program.Program { return s.p }

// Round takes a round: how many controls were found and gone, and the rows that were
// decided beside them, each of an item that was not seen before.
func (s *Stream) Round(found, gone int, rows []StreamRow) {
	fetches := make([]evidence.Fetch, found+gone)
	for i := range fetches {
		fetches[i] = evidence.Fetch{URI: "https://" + s.host + "/", Control: true, Status: evidence.FetchFound}
		if i >= found {
			fetches[i].Status = evidence.FetchGone
		}
	}
	s.state.settleBeside(fetches)
	for _, f := range fetches {
		s.state.host(s.host).observe(f, s.state.params)
	}
	judged := make([]row, len(rows))
	for i, r := range rows {
		s.items++
		var id item.Hash
		binary.BigEndian.PutUint64(id[:], s.items)
		judged[i] = row{cell: cellID{s.p.ID(), r.Cell}, host: s.host, id: id, pass: r.Pass}
	}
	s.state.judgeRows(s.miner, judged)
}

// Verdict is whether anything of the miner is rejected, and whether anything is on trial.
func (s *Stream) Verdict() (rejected, onTrial bool) {
	for id, c := range s.miner.cells {
		v := s.state.verdict(s.miner, id, c)
		rejected, onTrial = rejected || v.rejected, onTrial || v.onTrial
	}
	return rejected, onTrial
}

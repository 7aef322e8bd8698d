package miner

import (
	"encoding/binary"
	"testing"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// BenchmarkSampleAnswer answers requests of six draws from 100,000 items: check,
// prove, load, sign. Requests are sealed outside the measured time; one core
// serves, since the benchmark has one goroutine.
func BenchmarkSampleAnswer(b *testing.B) {
	w := open(b, config(b))
	const items, perRoot = 100_000, 10_000
	for i := 0; i < items; i += perRoot {
		w.take(records(i, i+perRoot)...)
		w.root()
	}
	root := w.root()
	w.at(50)
	w.cfg.Metrics = nil
	sent := 0
	next := func() []byte {
		sent++
		if sent%seenPerRound == 0 {
			w.Miner.seen = newSeen()
		}
		p := protocol.Part{Seq: root.Seq, Draws: make([]protocol.Draw, 6)}
		for i := range p.Draws {
			h := item.Sum("bench", binary.BigEndian.AppendUint64(nil, uint64(sent)), []byte{byte(i)})
			p.Draws[i] = protocol.Draw{Mode: protocol.DrawByte, U: binary.BigEndian.Uint64(h[:]), V: binary.BigEndian.Uint64(h[8:])}
		}
		p.Draws[0].Mode = protocol.DrawCell
		raw, _ := request(b, "v1", protocol.KindItemsRequest, 5, &protocol.ItemsRequest{
			Head: protocol.Anchor{Seq: 1, Hash: root.Hash}, Parts: []protocol.Part{p},
		})
		return raw
	}
	size := 0
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		b.StopTimer()
		raw := next()
		b.StartTimer()
		answer, err := w.send(raw)
		if err != nil {
			b.Fatal(err)
		}
		size = len(answer)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
	b.ReportMetric(float64(size), "bytes/answer")
}

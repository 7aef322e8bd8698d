package miner

import (
	"encoding/binary"
	"testing"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// BenchmarkSampleAnswer answers requests of six draws from 100,000 items: check
// the request, prove, load, sign. The requests are sealed before; the benchmark
// has one goroutine, so the figure is that of one core.
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
	requests := make([][]byte, 2048)
	for n := range requests {
		p := protocol.Part{Seq: root.Seq, Draws: make([]protocol.Draw, 6)}
		for i := range p.Draws {
			h := item.Sum("bench", binary.BigEndian.AppendUint64(nil, uint64(n)), []byte{byte(i)})
			p.Draws[i] = protocol.Draw{Mode: protocol.DrawByte, U: binary.BigEndian.Uint64(h[:]), V: binary.BigEndian.Uint64(h[8:])}
		}
		p.Draws[0].Mode = protocol.DrawCell
		requests[n], _ = request(b, "v1", protocol.KindItemsRequest, 5, &protocol.ItemsRequest{
			Head: protocol.Anchor{Seq: 1, Hash: root.Hash}, Parts: []protocol.Part{p},
		})
	}
	size, sent := 0, 0
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		if sent%seenPerRound == 0 {
			w.Miner.seen = newSeen() // as if a round had passed
		}
		answer, err := w.send(requests[sent%len(requests)])
		if err != nil {
			b.Fatal(err)
		}
		size = len(answer)
		sent++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
	b.ReportMetric(float64(size), "bytes/answer")
}

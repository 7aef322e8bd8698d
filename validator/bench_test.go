package validator

import (
	"fmt"
	"testing"
)

// BenchmarkRound is a whole round with 8 or 64 honest miners of a few hundred
// items: plan, sign, verify, re-fetch, record, fold. The miners' own work, on the
// same cores, is in it. record-B/round is what the round adds to the record.
func BenchmarkRound(b *testing.B) {
	for _, miners := range []int{8, 64} {
		b.Run(fmt.Sprintf("miners=%d", miners), func(b *testing.B) {
			var names []string
			for i := range miners {
				names = append(names, fmt.Sprint("miner-", i))
			}
			w := newWorld(b, names...)
			record := &memory{}
			v, err := w.open(record)
			if err != nil {
				b.Fatal(err)
			}
			if err := w.rounds(v, 6); err != nil {
				b.Fatal(err)
			}
			before := recordBytes(b, record)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				if err := w.rounds(v, 1); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(recordBytes(b, record)-before)/float64(b.N), "record-B/round")
		})
	}
}

func recordBytes(b *testing.B, j Journal) int {
	b.Helper()
	n := 0
	for e, err := range j.Entries(1) {
		if err != nil {
			b.Fatal(err)
		}
		n += len(e.Bytes)
	}
	return n
}

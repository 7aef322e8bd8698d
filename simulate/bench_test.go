package simulate

import (
	"context"
	"runtime"
	"testing"
)

type deaf struct{}

func (deaf) Epoch(Report)     {}
func (deaf) Decided(Decision) {}

// full is a subnet of 256 uids.
func full(validators int) *Scenario {
	sc := Defaults()
	sc.Epochs = 3
	sc.Validators[0].Count = validators
	sc.Miners[0].Count = 256 - validators
	sc.Miners[0].Pages = 20
	return sc
}

// BenchmarkFullSubnet is simulated epochs of 256 uids, of which 16 validate.
func BenchmarkFullSubnet(b *testing.B) {
	for _, workers := range []int{1, 2} {
		b.Run(map[int]string{1: "one core", 2: "two cores"}[workers], func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
			sc := full(16)
			for b.Loop() {
				if err := Run(context.Background(), sc, 0, deaf{}, Options{Workers: workers}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(sc.Epochs)*float64(b.N)/b.Elapsed().Seconds(), "epochs/s")
		})
	}
}

// BenchmarkExchange is the cost of one exchange with one miner, everything included, in
// a world like those of the zoo.
func BenchmarkExchange(b *testing.B) {
	sc := Defaults()
	sc.Epochs = 30
	sc.Validators[0].Count = 1
	sc.Miners[0].Count = 16
	n := 0
	for b.Loop() {
		if err := Run(context.Background(), sc, 0, deaf{}, Options{Workers: 1}); err != nil {
			b.Fatal(err)
		}
		n += int(sc.Epochs) * int(sc.Subnet.Tempo) / int(sc.Subnet.RoundBlocks) * sc.Miners[0].Count
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n), "us/exchange")
}

//go:build unix

package simulate

import (
	"context"
	"runtime"
	"syscall"
	"testing"
	"time"
)

type deaf struct{}

func (deaf) Epoch(Report)     {}
func (deaf) Decided(Decision) {}

// BenchmarkFullSubnet is simulated epochs of a full subnet: 256 miners and 16 validators.
func BenchmarkFullSubnet(b *testing.B) {
	sc := Defaults()
	sc.Epochs, sc.Subnet.MaxUIDs = 3, 256+16
	sc.Validators[0].Count, sc.Miners[0].Count, sc.Miners[0].Pages = 16, 256, 20
	for _, workers := range []int{1, 2} {
		b.Run(map[int]string{1: "one core", 2: "two cores"}[workers], func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
			epochs, before := 0, spent(b)
			for b.Loop() {
				run(b, sc, workers)
				epochs += int(sc.Epochs)
			}
			b.ReportMetric(float64(epochs)/b.Elapsed().Seconds(), "epochs/s")
			b.ReportMetric(float64(epochs)/(spent(b)-before).Seconds(), "epochs/cpu-s")
		})
	}
}

// BenchmarkExchange is the cost of one exchange with one miner, everything included, in
// a world like those of the zoo.
func BenchmarkExchange(b *testing.B) {
	sc := Defaults()
	sc.Epochs = 30
	sc.Validators[0].Count, sc.Miners[0].Count = 1, 16
	exchanges, before := 0, spent(b)
	b.ReportAllocs()
	for b.Loop() {
		run(b, sc, 1)
		exchanges += int(sc.Epochs) * int(sc.Subnet.Tempo) / int(sc.Subnet.RoundBlocks) * sc.Miners[0].Count
	}
	b.ReportMetric(float64((spent(b)-before).Microseconds())/float64(exchanges), "cpu-us/exchange")
}

func run(b *testing.B, sc *Scenario, workers int) {
	b.Helper()
	if err := Run(context.Background(), sc, 0, deaf{}, Options{Workers: workers}); err != nil {
		b.Fatal(err)
	}
}

// spent is the processor time of this process, which other work on the machine adds less
// to than to the time that passes.
func spent(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

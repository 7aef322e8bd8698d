package wire

import (
	"runtime"
	"runtime/metrics"
	"time"
)

// watchHeap looks at the memory in use again and again, until it is asked for the most
// that it saw above what was in use when it began.
func watchHeap() (most func() uint64) {
	runtime.GC()
	before := heapInUse()
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		high := before
		for {
			select {
			case <-tick.C:
				high = max(high, heapInUse())
			case <-stop:
				peak <- max(high, heapInUse()) - before
				return
			}
		}
	}()
	return func() uint64 {
		close(stop)
		return <-peak
	}
}

func heapInUse() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}

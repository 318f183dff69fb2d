// Command cpuprofile is profiled while it is traced, so that the trace holds
// samples of what its goroutines were doing.
package main

import (
	"context"
	"io"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"

	"corpus/recording"
)

// How long each goroutine computes. The profiler looks a hundred times a second.
const busy = 120 * time.Millisecond

func main() {
	recording.Of(func() {
		recording.Check(pprof.StartCPUProfile(io.Discard))
		defer pprof.StopCPUProfile()
		var wg sync.WaitGroup
		wg.Add(2)
		go func() { defer wg.Done(); fibonacci() }()
		go func() { defer wg.Done(); labelled() }()
		wg.Wait()
	})
}

// labelled computes under a profiler label.
func labelled() {
	pprof.Do(context.Background(), pprof.Labels("kind", "labelled"), func(context.Context) { allocating() })
}

// fibonacci recurses.
func fibonacci() {
	for begin := time.Now(); time.Since(begin) < busy; {
		runtime.KeepAlive(fib(20))
	}
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

// allocating spends its time clearing memory.
func allocating() {
	buf := make([]byte, 1<<20)
	for begin := time.Now(); time.Since(begin) < busy; {
		for i := range buf {
			buf[i] = byte(i)
		}
	}
}

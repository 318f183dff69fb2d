// Command gomaxprocs changes the number of processors, and stops the world for
// every other reason that a program can ask for.
package main

import (
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"sync"
	"time"

	"corpus/recording"
)

func main() {
	recording.Of(func() {
		for _, procs := range []int{1, 6, 2, 3} {
			runtime.GOMAXPROCS(procs)
			load(2 * procs)
		}
		runtime.ReadMemStats(new(runtime.MemStats))
		runtime.Stack(make([]byte, 1<<16), true)
		recording.Check(pprof.Lookup("goroutine").WriteTo(io.Discard, 0))
		heapDump()
		runtime.GC()
		allThreads()
	})
}

// load gives n goroutines something to do at the same time.
func load(n int) {
	var wg sync.WaitGroup
	for i := 0; i < n; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for begin := time.Now(); time.Since(begin) < 200*time.Microsecond; {
			}
		}()
	}
	wg.Wait()
}

// heapDump stops the world to write down the whole heap.
func heapDump() {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	recording.Check(err)
	defer null.Close()
	debug.WriteHeapDump(null.Fd())
}

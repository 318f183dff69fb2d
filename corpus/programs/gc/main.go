// Command gc keeps the garbage collector busy: cycles on demand and by growth,
// mark assists, sweeping, and memory handed back to the system. The trace
// begins while all this is going on.
package main

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"corpus/recording"
)

// A node of a list: a list is marked by one worker, link by link, which takes long.
type node struct {
	next *node
	_    [3]uintptr
}

var live *node

func main() {
	debug.SetGCPercent(30)
	live = list(100_000)
	stop := churn(3)
	time.Sleep(2 * time.Millisecond)
	recording.Of(func() {
		time.Sleep(5 * time.Millisecond)
		stop()
		runtime.GC()
		live = nil
		debug.FreeOSMemory()
	})
}

// list makes n linked nodes.
func list(n int) *node {
	var head *node
	for i := 0; i < n; i++ {
		head = &node{next: head}
	}
	return head
}

// churn lets some goroutines make garbage, faster than the collector likes it,
// until they are told to stop.
func churn(goroutines int) (stop func()) {
	var stopped atomic.Bool
	var wg sync.WaitGroup
	for i := 0; i < goroutines; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for round := 0; !stopped.Load(); round++ {
				garbage(round)
			}
		}()
	}
	return func() { stopped.Store(true); wg.Wait() }
}

// garbage allocates small objects with pointers and a large one without.
func garbage(round int) {
	small := list(500)
	large := make([]byte, 1024*(round%8*8+1))
	runtime.KeepAlive(small)
	runtime.KeepAlive(large)
}

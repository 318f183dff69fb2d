// Command assist allocates while the collector marks, and has to help it.
//
// The cause of the task's duration is the garbage collector. The task begins
// when a cycle has just begun to mark 16 MB of lists, with less than 500 kB of
// room left until the heap's goal. So for every node of 32 bytes that it
// allocates, its goroutine has to mark a kilobyte or more, or to wait until the
// workers have. The allocations themselves, 1000, take 100 µs. All the rest of
// the task is mark assists, in which the goroutine marks, or waits for work or
// credit, or is runnable while the workers have both processors.
package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"

	"corpus/recording"
)

// A node of a list. There are many lists, for workers and assists to share.
type node struct {
	next *node
	_    [3]uintptr
}

const (
	lists   = 100
	nodes   = 5000
	percent = 10
	garbage = 1000
)

var (
	live  [lists]*node
	dead  *node
	block []byte
)

func main() {
	runtime.GOMAXPROCS(2)
	debug.SetGCPercent(-1)
	for i := range live {
		live[i] = list(nodes)
	}
	runtime.GC() // Sweeps, too: no events of that afterwards.
	recording.Of(func() {
		beginCycle()
		recording.Task("assist", allocate)
	})
	runtime.KeepAlive(&live)
}

// beginCycle allocates until the collector stops the world to begin a cycle.
func beginCycle() {
	before := pauses()
	debug.SetGCPercent(percent)
	for pauses() == before {
		block = make([]byte, 64<<10)
	}
}

// pauses tells how often the collector has stopped the world.
func pauses() (n uint64) {
	sample := []metrics.Sample{{Name: "/gc/pauses:seconds"}}
	metrics.Read(sample)
	for _, count := range sample[0].Value.Float64Histogram().Counts {
		n += count
	}
	return n
}

func allocate() { dead = list(garbage) }

// list makes n linked nodes.
func list(n int) *node {
	var head *node
	for i := 0; i < n; i++ {
		head = &node{next: head}
	}
	return head
}

//go:build go1.25

// Command flight keeps a flight recorder running and takes several snapshots of
// it. Each one starts a new generation, here while the garbage collector marks
// and sweeps: only so is a generation seen to begin in the middle of these. The
// file holds the last snapshot.
package main

import (
	"bytes"
	"runtime"
	"runtime/debug"
	"runtime/trace"
	"sync/atomic"
	"time"

	"corpus/recording"
)

const snapshots = 12

func main() {
	out := recording.File()
	// Every object is profiled, for then the sweeper has more to do.
	runtime.MemProfileRate = 1
	recorder := trace.NewFlightRecorder(trace.FlightRecorderConfig{MinAge: time.Minute, MaxBytes: 1 << 20})
	recording.Check(recorder.Start())
	last := record(recorder)
	recorder.Stop()
	_, err := last.WriteTo(out)
	recording.Check(err)
	recording.Check(out.Close())
}

// record takes snapshots under load and returns the last.
func record(recorder *trace.FlightRecorder) *bytes.Buffer {
	stop := load()
	defer stop()
	var last bytes.Buffer
	for i := 0; i < snapshots; i++ {
		time.Sleep(3 * time.Millisecond)
		last.Reset()
		_, err := recorder.WriteTo(&last)
		recording.Check(err)
	}
	return &last
}

type node struct {
	next *node
	_    [3]uintptr
}

// load keeps two goroutines making garbage beside a large live heap.
func load() (stop func()) {
	debug.SetGCPercent(100)
	var stopped atomic.Bool
	live := list(20_000)
	for i := 0; i < 2; i++ {
		go func() {
			for !stopped.Load() {
				runtime.KeepAlive(list(8000))
				runtime.KeepAlive(make([]byte, 1<<20))
			}
		}()
	}
	return func() { stopped.Store(true); runtime.KeepAlive(live) }
}

// list makes n linked nodes.
func list(n int) *node {
	var head *node
	for i := 0; i < n; i++ {
		head = &node{next: head}
	}
	return head
}

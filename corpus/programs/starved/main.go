// Command starved has one processor for a request and for those that hog it.
//
// The cause of the task's duration is hog: each of three goroutines computes
// for 500 µs whenever it is its turn. The task's own goroutine, in request,
// gives way after every step of nanoseconds, and then it is runnable for three
// turns of the others. So nearly all of the task it is runnable while some hog
// runs.
package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"corpus/recording"
)

const (
	steps = 16
	hogs  = 3
	turn  = 500 * time.Microsecond
)

func main() {
	runtime.GOMAXPROCS(1)
	recording.Of(func() {
		stop := busy()
		done := make(chan struct{})
		go request(done)
		<-done
		stop()
	})
}

// request is the task: many steps of nearly nothing.
func request(done chan<- struct{}) {
	defer close(done)
	recording.Task("starved", func() {
		for step := 0; step < steps; step++ {
			runtime.Gosched()
		}
	})
}

// busy keeps the processor busy until it is told to stop.
func busy() (stop func()) {
	var stopped atomic.Bool
	var wg sync.WaitGroup
	wg.Add(hogs)
	for i := 0; i < hogs; i++ {
		go hog(&stopped, &wg)
	}
	return func() { stopped.Store(true); wg.Wait() }
}

func hog(stopped *atomic.Bool, wg *sync.WaitGroup) {
	defer wg.Done()
	for !stopped.Load() {
		compute(turn)
		runtime.Gosched()
	}
}

// compute keeps a processor busy.
func compute(long time.Duration) {
	for begin := time.Now(); time.Since(begin) < long; {
	}
}

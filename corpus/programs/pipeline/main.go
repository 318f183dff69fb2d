// Command pipeline sends items through three stages, of which one is slow.
//
// The cause of the task's duration is slowStage, which computes for 1 ms an
// item. The stages before and after it need 20 µs, and work on other items
// meanwhile; the channels have room for all items, so that slowStage waits for
// nobody. All of the time is slowStage running, but for the first item's way to
// it, the last item's way from it, and a moment when it is preempted, as it
// computes for longer than 10 ms: of 16 ms, less than one.
package main

import (
	"time"

	"corpus/recording"
)

const (
	items = 16
	quick = 20 * time.Microsecond
	slow  = time.Millisecond
)

func main() {
	recording.Of(func() { recording.Task("pipeline", pipeline) })
}

// pipeline waits until every item has gone through all stages.
func pipeline() {
	first, second, done := make(chan int, items), make(chan int, items), make(chan struct{})
	go firstStage(first)
	go slowStage(first, second)
	go lastStage(second, done)
	<-done
}

func firstStage(out chan<- int) {
	defer close(out)
	for item := 0; item < items; item++ {
		compute(quick)
		out <- item
	}
}

func slowStage(in <-chan int, out chan<- int) {
	defer close(out)
	for item := range in {
		compute(slow)
		out <- item
	}
}

func lastStage(in <-chan int, done chan<- struct{}) {
	defer close(done)
	for range in {
		compute(quick)
	}
}

// compute keeps a processor busy.
func compute(long time.Duration) {
	for begin := time.Now(); time.Since(begin) < long; {
	}
}

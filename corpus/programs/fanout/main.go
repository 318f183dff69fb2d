// Command fanout waits for 16 goroutines, of which one is late.
//
// The cause of the task's duration is straggler, which computes for 8 ms. The
// others, in worker, wait for a tenth of that, all at the same time and without
// a processor, so that nothing keeps straggler from running and nobody is left
// when it is through. But for starting 16 goroutines and the way back, which
// take microseconds, the task is straggler running.
package main

import (
	"sync"
	"time"

	"corpus/recording"
)

const (
	goroutines = 16
	late       = 5 // Which one is late.
	usual      = 800 * time.Microsecond
)

func main() {
	recording.Of(func() { recording.Task("fanout", fanout) })
}

// fanout waits for all of them.
func fanout() {
	var wg sync.WaitGroup
	wg.Add(goroutines)
	for i := 0; i < goroutines; i++ {
		if i == late {
			go straggler(&wg)
		} else {
			go worker(&wg)
		}
	}
	wg.Wait()
}

func worker(wg *sync.WaitGroup) {
	defer wg.Done()
	time.Sleep(usual)
}

func straggler(wg *sync.WaitGroup) {
	defer wg.Done()
	compute(10 * usual)
}

// compute keeps a processor busy.
func compute(long time.Duration) {
	for begin := time.Now(); time.Since(begin) < long; {
	}
}

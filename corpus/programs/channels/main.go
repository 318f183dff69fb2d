// Command channels makes goroutines wait for each other in every way that the
// language and package sync offer.
package main

import (
	"runtime"
	"sync"
	"time"

	"corpus/recording"
)

func main() {
	recording.Of(func() {
		unbuffered()
		buffered()
		selecting()
		contended()
		readersAndWriter()
		conditional()
		timers()
		yielding()
		preempted()
		forever()
	})
}

// parallel runs f on n goroutines and waits for all of them.
func parallel(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := 0; i < n; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			f(i)
		}(i)
	}
	wg.Wait()
}

// unbuffered passes values hand to hand.
func unbuffered() {
	c := make(chan int)
	go func() {
		defer close(c)
		for i := 0; i < 10; i++ {
			c <- i
		}
	}()
	for range c {
	}
}

// buffered fills a buffer before anybody reads it, so that the sender blocks.
func buffered() {
	c := make(chan int, 2)
	go func() {
		defer close(c)
		for i := 0; i < 8; i++ {
			c <- i
		}
	}()
	time.Sleep(time.Millisecond)
	for range c {
	}
}

// selecting waits for whichever of two channels is first, until both are closed.
func selecting() {
	fast, slow := ticks(4, 200*time.Microsecond), ticks(2, 500*time.Microsecond)
	for fast != nil || slow != nil {
		select {
		case _, ok := <-fast:
			if !ok {
				fast = nil
			}
		case _, ok := <-slow:
			if !ok {
				slow = nil
			}
		}
	}
}

// ticks sends n values with a pause before each.
func ticks(n int, pause time.Duration) <-chan int {
	c := make(chan int)
	go func() {
		defer close(c)
		for i := 0; i < n; i++ {
			time.Sleep(pause)
			c <- i
		}
	}()
	return c
}

// contended holds a mutex for a while that others want.
func contended() {
	var mu sync.Mutex
	parallel(4, func(int) {
		for i := 0; i < 3; i++ {
			mu.Lock()
			time.Sleep(100 * time.Microsecond)
			mu.Unlock()
		}
	})
}

// readersAndWriter lets one writer wait for readers, and readers for the writer.
func readersAndWriter() {
	var mu sync.RWMutex
	parallel(4, func(i int) {
		if i == 0 {
			mu.Lock()
			defer mu.Unlock()
		} else {
			mu.RLock()
			defer mu.RUnlock()
		}
		time.Sleep(300 * time.Microsecond)
	})
}

// conditional wakes one waiter, then the others.
func conditional() {
	var mu sync.Mutex
	cond, turn := sync.NewCond(&mu), 0
	go func() {
		time.Sleep(time.Millisecond)
		for next := 1; next <= 2; next++ {
			mu.Lock()
			turn = next
			mu.Unlock()
			cond.Signal()
			cond.Broadcast()
		}
	}()
	parallel(3, func(int) {
		mu.Lock()
		defer mu.Unlock()
		for turn < 2 {
			cond.Wait()
		}
	})
}

// timers runs a function on a timer's goroutine and waits for a ticker.
func timers() {
	done := make(chan struct{})
	time.AfterFunc(time.Millisecond, func() { close(done) })
	ticker := time.NewTicker(300 * time.Microsecond)
	defer ticker.Stop()
	<-ticker.C
	<-done
}

// yielding gives way to others, and ends a goroutine with Goexit.
func yielding() {
	parallel(3, func(int) {
		for i := 0; i < 3; i++ {
			runtime.Gosched()
		}
		runtime.Goexit()
	})
}

// preempted computes for longer than a goroutine may.
func preempted() {
	parallel(runtime.GOMAXPROCS(0)+1, func(int) {
		for begin := time.Now(); time.Since(begin) < 25*time.Millisecond; {
		}
	})
}

// forever leaves goroutines behind that nothing will ever wake.
func forever() {
	go func() { select {} }()
	go func() { var never chan int; <-never }()
	go func() { <-make(chan int) }()
	time.Sleep(time.Millisecond)
}

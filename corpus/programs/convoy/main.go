// Command convoy lets goroutines queue for a mutex, whose holder sleeps.
//
// The cause of the task's duration is holdLock, which sleeps for 3 ms with the
// mutex in its goroutine's hands. Everybody else waits for the mutex meanwhile,
// so that the sleeps come one after another. At any time of the task, some
// goroutine sleeps in holdLock, but for the moments in which the mutex changes
// hands: microseconds, six times, of 18 ms.
package main

import (
	"sync"
	"time"

	"corpus/recording"
)

const (
	members = 6
	hold    = 3 * time.Millisecond
)

func main() {
	recording.Of(func() { recording.Task("convoy", convoy) })
}

// convoy waits until the last one has had the mutex.
func convoy() {
	var mu sync.Mutex
	var wg sync.WaitGroup
	wg.Add(members)
	for i := 0; i < members; i++ {
		go member(&mu, &wg)
	}
	wg.Wait()
}

func member(mu *sync.Mutex, wg *sync.WaitGroup) {
	defer wg.Done()
	mu.Lock()
	defer mu.Unlock()
	holdLock()
}

// holdLock is what one does with the mutex that all the others wait for.
func holdLock() {
	time.Sleep(hold)
}

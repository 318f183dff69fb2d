// Command callback is called by threads that C started: a goroutine appears
// in the middle of a system call, and is gone when the thread ends.
package main

// #cgo LDFLAGS: -lpthread
// void call_from_thread(void);
import "C"

import (
	"context"
	"runtime/trace"
	"time"

	"corpus/recording"
)

func main() {
	recording.Of(func() {
		for i := 0; i < 3; i++ {
			C.call_from_thread()
		}
	})
}

// onThread runs on a thread that Go knows nothing about.
//
//export onThread
func onThread() {
	trace.Log(context.Background(), "callback", "from a thread of C")
	time.Sleep(200 * time.Microsecond)
}

// Command allocfree does a little work with the heap and with goroutine stacks.
// Run with GODEBUG=traceallocfree=1, Go 1.23 and later record every object,
// span and stack that comes and goes, in the AllocFree experiment's events.
package main

import (
	"runtime"

	"corpus/recording"
)

type leaf struct{ value int }

type pair struct{ left, right *leaf }

func main() {
	recording.Of(func() {
		objects()
		large()
		stacks()
		runtime.GC()
	})
}

// objects allocates some small things, most of which are garbage at once.
func objects() {
	var kept []*pair
	for i := 0; i < 50; i++ {
		kept = append(kept, &pair{&leaf{i}, &leaf{-i}})
	}
	runtime.KeepAlive(kept)
}

// large allocates objects that need spans of their own.
func large() {
	for i := 1; i <= 3; i++ {
		runtime.KeepAlive(make([]byte, i<<16))
	}
	runtime.GC()
}

// stacks runs goroutines whose stacks have to grow.
func stacks() {
	done := make(chan struct{})
	for i := 0; i < 4; i++ {
		go func() {
			deep(64)
			done <- struct{}{}
		}()
	}
	for i := 0; i < 4; i++ {
		<-done
	}
}

//go:noinline
func deep(n int) byte {
	var frame [256]byte
	if n > 0 {
		frame[n] = deep(n - 1)
	}
	return frame[n]
}

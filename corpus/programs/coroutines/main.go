//go:build go1.23

// Command coroutines switches between goroutines directly, with iter.Pull.
package main

import (
	"iter"
	"runtime"

	"corpus/recording"
)

func main() {
	recording.Of(func() {
		exhausted()
		stopped()
		nested()
		passedOn()
		abandoned()
	})
}

// count yields 0 to n-1.
func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i < n && yield(i); i++ {
		}
	}
}

// exhausted pulls until there is nothing left.
func exhausted() {
	next, stop := iter.Pull(count(5))
	defer stop()
	for _, ok := next(); ok; _, ok = next() {
	}
}

// stopped stops half way, and another iterator before its first value.
func stopped() {
	next, stop := iter.Pull(count(5))
	next()
	stop()
	_, stop = iter.Pull(count(5))
	stop()
}

// nested pulls from an iterator that pulls from an iterator.
func nested() {
	doubled := func(yield func(int) bool) {
		next, stop := iter.Pull(count(3))
		defer stop()
		for v, ok := next(); ok && yield(2*v); v, ok = next() {
		}
	}
	next, stop := iter.Pull(iter.Seq[int](doubled))
	defer stop()
	for _, ok := next(); ok; _, ok = next() {
	}
}

// passedOn lets two goroutines pull from the same iterator, one after the other.
func passedOn() {
	next, stop := iter.Pull(count(4))
	defer stop()
	next()
	done := make(chan struct{})
	go func() {
		defer close(done)
		next()
		runtime.Gosched()
		next()
	}()
	<-done
	next()
}

// abandoned leaves a coroutine waiting that nobody will resume.
func abandoned() {
	next, _ := iter.Pull(count(2))
	next()
}

// Command stacks makes events with stacks of every kind: deeper than the
// runtime records, through inlined calls, closures, methods and generic code.
package main

import (
	"context"
	"runtime/trace"
	"time"

	"corpus/recording"
)

func main() {
	recording.Of(func() {
		recurse(10)
		recurse(300)
		inlined()
		func() { func() { mark("closure") }() }()
		(&marker{"pointer method"}).point()
		value := marker{"method value"}.value
		value()
		generic(7)
		generic("seven")
		deferred()
		started()
	})
}

// mark leaves an event with a stack.
func mark(text string) { trace.Log(context.Background(), "mark", text) }

// recurse sleeps at the bottom of n calls.
//
//go:noinline
func recurse(n int) {
	if n == 0 {
		time.Sleep(10 * time.Microsecond)
		return
	}
	recurse(n - 1)
}

// The compiler puts these into one function, whose frames are told apart afterwards.
func inlined() { inlinedOnce() }

func inlinedOnce() { inlinedTwice() }

func inlinedTwice() { mark("inlined") }

type marker struct{ text string }

//go:noinline
func (m *marker) point() { mark(m.text) }

//go:noinline
func (m marker) value() { mark(m.text) }

//go:noinline
func generic[T any](T) { mark("generic") }

// deferred leaves its mark while a panic unwinds.
func deferred() {
	defer func() {
		recover()
		mark("recovered")
	}()
	panic("expected")
}

// started leaves its mark from a goroutine that starts in a method.
func started() {
	go (&marker{"goroutine"}).point()
	time.Sleep(time.Millisecond)
}

//go:build unix

// Command generations is traced for so long that the runtime starts a new
// generation twice, with all sorts of things open while it does.
package main

import (
	"context"
	"os"
	"runtime/trace"
	"syscall"
	"time"

	"corpus/recording"
)

// The runtime starts a generation every second.
const long = 2300 * time.Millisecond

func main() {
	recording.Of(func() {
		ctx, task := trace.NewTask(context.Background(), "long")
		defer task.End()
		done := make(chan struct{})
		go idle(done)
		go sleeper(ctx)
		reader := blocked()
		defer reader.Close()
		trace.WithRegion(ctx, "whole", func() { steps(ctx) })
		close(done)
	})
}

// steps does a little work now and then, each time in a region and a task of its own.
func steps(ctx context.Context) {
	for begin := time.Now(); time.Since(begin) < long; time.Sleep(100 * time.Millisecond) {
		ctx, task := trace.NewTask(ctx, "step")
		trace.Log(ctx, "elapsed", time.Since(begin).Round(100*time.Millisecond).String())
		trace.WithRegion(ctx, "work", func() { spin(100 * time.Microsecond) })
		task.End()
	}
}

func spin(d time.Duration) {
	for begin := time.Now(); time.Since(begin) < d; {
	}
}

// idle waits from the first generation to the last.
func idle(done <-chan struct{}) { <-done }

// sleeper holds a region open over the first change of generation.
func sleeper(ctx context.Context) {
	defer trace.StartRegion(ctx, "sleep").End()
	time.Sleep(1500 * time.Millisecond)
}

// blocked starts a goroutine that sits in one system call until the writing
// end of a pipe is closed, which is what it returns.
func blocked() *os.File {
	r, w, err := os.Pipe()
	recording.Check(err)
	fd := int(r.Fd())
	recording.Check(syscall.SetNonblock(fd, false))
	go func() {
		defer r.Close()
		syscall.Read(fd, make([]byte, 1))
	}()
	return w
}

//go:build unix

// Command underway starts its trace, after an earlier one, when everything has
// begun already: goroutines that run, wait and sit in system calls, a task, and
// a region whose beginning only the earlier trace saw.
package main

import (
	"context"
	"io"
	"net"
	"os"
	"runtime/trace"
	"sync"
	"syscall"
	"time"

	"corpus/recording"
)

func main() {
	ctx, task := trace.NewTask(context.Background(), "before")
	recording.Check(trace.Start(io.Discard))
	region := trace.StartRegion(ctx, "before")
	end := waiters()
	time.Sleep(2 * time.Millisecond)
	trace.Stop()
	recording.Of(func() {
		region.End()
		task.End()
		end()
		time.Sleep(2 * time.Millisecond)
	})
}

// waiters starts goroutines that compute or wait, each in its own way, most of
// them until end is called.
func waiters() (end func()) {
	var mu sync.Mutex
	mu.Lock()
	done := make(chan struct{})
	conn, pipe := accepting(), reading()
	go func() { mu.Lock() }()
	go spin(done)
	go func() { <-done }()
	go func() {
		select {
		case <-done:
		case <-make(chan int):
		}
	}()
	go func() { time.Sleep(time.Hour) }()
	go func() { select {} }()
	return func() { mu.Unlock(); close(done); conn.Close(); pipe.Close() }
}

// accepting waits on the network until the result is closed.
func accepting() io.Closer {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	recording.Check(err)
	go listener.Accept()
	return listener
}

// reading sits in a system call until the result is closed.
func reading() io.Closer {
	r, w, err := os.Pipe()
	recording.Check(err)
	fd := int(r.Fd())
	recording.Check(syscall.SetNonblock(fd, false))
	go syscall.Read(fd, make([]byte, 1))
	return w
}

// spin computes until done is closed.
func spin(done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		default:
		}
	}
}

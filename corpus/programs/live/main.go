// Command live serves its own traces, as programs with net/http/pprof do, and
// has something to do meanwhile: goroutines that talk, wait, and make garbage.
// It prints where it listens, and ends when its standard input does.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"runtime/trace"
	"time"
)

var sink []byte

func main() {
	network, address := "tcp", "127.0.0.1:0"
	if len(os.Args) > 1 {
		network, address = "unix", os.Args[1]
	}
	listener, err := net.Listen(network, address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr())
	work := make(chan int)
	for i := 0; i < 4; i++ {
		go worker(work)
	}
	go feed(work)
	go http.Serve(listener, nil)
	io.Copy(io.Discard, os.Stdin)
}

// feed hands out work, a thousand times a second.
func feed(work chan<- int) {
	for i := 0; ; i++ {
		work <- i
		time.Sleep(time.Millisecond)
	}
}

// worker makes some garbage for each piece of work.
func worker(work <-chan int) {
	for i := range work {
		ctx, task := trace.NewTask(context.Background(), "piece")
		trace.WithRegion(ctx, "garbage", func() { sink = make([]byte, 64<<10) })
		if i%100 == 0 {
			trace.Log(ctx, "progress", fmt.Sprint(i))
		}
		task.End()
	}
}

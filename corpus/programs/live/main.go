// Command live serves its own traces, as programs with net/http/pprof do, and
// has something to do meanwhile: goroutines that talk, wait, and make garbage.
// More happens when it is asked for:
//
//	/orders?ms=N           a task "GET /orders" that takes N milliseconds
//	/goroutines?n=N&ms=M   N goroutines that wait for M milliseconds
//	/stw?ms=N              the world stops again and again for N milliseconds
//	/stop?ms=N             the world stops once, for N milliseconds
//
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
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/trace"
	"strconv"
	"sync"
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
	http.HandleFunc("/orders", orders)
	http.HandleFunc("/goroutines", goroutines)
	http.HandleFunc("/stw", stw)
	http.HandleFunc("/stop", stop)
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

// orders is slow on demand.
func orders(w http.ResponseWriter, r *http.Request) {
	ctx, task := trace.NewTask(r.Context(), "GET /orders")
	defer task.End()
	trace.WithRegion(ctx, "query", func() { time.Sleep(milliseconds(r)) })
	fmt.Fprintln(w, "no orders")
}

// goroutines has many of them wait.
func goroutines(w http.ResponseWriter, r *http.Request) {
	var all sync.WaitGroup
	wait := milliseconds(r)
	for i := number(r, "n"); i > 0; i-- {
		all.Add(1)
		go func() {
			defer all.Done()
			time.Sleep(wait)
		}()
	}
	all.Wait()
	fmt.Fprintln(w, "done")
}

// stw stops the world for as long as it takes to count what is on the heap.
func stw(w http.ResponseWriter, r *http.Request) {
	var stats runtime.MemStats
	for end := time.Now().Add(milliseconds(r)); time.Now().Before(end); {
		runtime.ReadMemStats(&stats)
	}
	fmt.Fprintln(w, "done")
}

// stop has the heap written to somebody who does not read it, and goes in a while.
// The world stops until it is written.
func stop(w http.ResponseWriter, r *http.Request) {
	reader, writer, err := os.Pipe()
	if err == nil {
		defer writer.Close()
		sleep := exec.Command("sleep", fmt.Sprint(milliseconds(r).Seconds()))
		sleep.Stdin = reader
		err = sleep.Start()
		reader.Close()
		defer sleep.Wait()
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	debug.WriteHeapDump(writer.Fd())
	fmt.Fprintln(w, "done")
}

func milliseconds(r *http.Request) time.Duration {
	return time.Duration(number(r, "ms")) * time.Millisecond
}

// number is what the request asks for, or else 0.
func number(r *http.Request, name string) int {
	n, _ := strconv.Atoi(r.FormValue(name))
	return n
}

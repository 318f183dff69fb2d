//go:build unix

// Command syscalls waits for the operating system: short calls, calls that
// block so long that the processor is taken away, and network polling.
package main

import (
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"time"

	"corpus/recording"
)

func main() {
	recording.Of(func() {
		short()
		blocked()
		polled()
		files()
		loopback()
		locked()
	})
}

// short makes calls that return at once.
func short() {
	for i := 0; i < 10; i++ {
		syscall.Getppid()
		_, err := os.Stat(".")
		recording.Check(err)
	}
}

// blocked reads a pipe with a plain read(2), which holds its thread until there
// is something to read.
func blocked() {
	r, w := pipe()
	defer r.Close()
	fd := int(r.Fd())
	recording.Check(syscall.SetNonblock(fd, false))
	go slowly(w)
	buf := make([]byte, 16)
	for {
		n, err := syscall.Read(fd, buf)
		if err == syscall.EINTR {
			continue
		}
		recording.Check(err)
		if n == 0 {
			return
		}
	}
}

// polled reads a pipe through the network poller, which frees the thread.
func polled() {
	r, w := pipe()
	defer r.Close()
	go slowly(w)
	_, err := io.Copy(io.Discard, r)
	recording.Check(err)
}

func pipe() (r, w *os.File) {
	r, w, err := os.Pipe()
	recording.Check(err)
	return r, w
}

// slowly writes a little with pauses so long that the runtime's monitor takes
// the processor away from who waits in a system call.
func slowly(w io.WriteCloser) {
	defer w.Close()
	for i := 0; i < 3; i++ {
		time.Sleep(25 * time.Millisecond)
		_, err := w.Write([]byte("drop"))
		recording.Check(err)
	}
}

// files writes, reads and removes a file.
func files() {
	f, err := os.CreateTemp("", "corpus")
	recording.Check(err)
	defer os.Remove(f.Name())
	_, err = f.Write(make([]byte, 1<<16))
	recording.Check(err)
	_, err = f.ReadAt(make([]byte, 1<<16), 0)
	recording.Check(err)
	recording.Check(f.Close())
}

// loopback talks to itself over TCP.
func loopback() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	recording.Check(err)
	go echo(listener)
	conn, err := net.Dial("tcp", listener.Addr().String())
	recording.Check(err)
	defer conn.Close()
	buf := make([]byte, 5)
	for i := 0; i < 5; i++ {
		_, err = conn.Write([]byte("hello"))
		recording.Check(err)
		_, err = io.ReadFull(conn, buf)
		recording.Check(err)
	}
}

// echo answers one connection with what it says.
func echo(listener net.Listener) {
	defer listener.Close()
	conn, err := listener.Accept()
	recording.Check(err)
	defer conn.Close()
	io.Copy(conn, conn)
}

// locked makes calls from a goroutine that keeps its thread, which ends with it.
func locked() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		nap := syscall.NsecToTimespec(int64(2 * time.Millisecond))
		syscall.Nanosleep(&nap, nil)
	}()
	<-done
}

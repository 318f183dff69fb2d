package main

import (
	"syscall"

	"corpus/recording"
)

// allThreads makes one system call on every thread, for which the world stops.
func allThreads() {
	_, _, errno := syscall.AllThreadsSyscall(syscall.SYS_GETPID, 0, 0, 0)
	if errno != 0 {
		recording.Check(errno)
	}
}

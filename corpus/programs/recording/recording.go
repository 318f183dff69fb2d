// Package recording is what every program here does around its work: it writes
// an execution trace of that work to the file named by the only argument.
package recording

import (
	"log"
	"os"
	"runtime/trace"
)

// Of traces work from its first step to its last.
func Of(work func()) {
	out := File()
	Check(trace.Start(out))
	work()
	trace.Stop()
	Check(out.Close())
}

// File makes the file named by the only argument.
func File() *os.File {
	if len(os.Args) != 2 {
		log.Fatalf("usage: %s FILE", os.Args[0])
	}
	out, err := os.Create(os.Args[1])
	Check(err)
	return out
}

// Check ends the program if something that cannot fail failed.
func Check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// Command crash exits without stopping its trace. The file holds a complete
// generation (none before Go 1.22), and of the next one only those events that
// filled a buffer, without the stacks and strings that they refer to.
package main

import (
	"context"
	"os"
	"runtime/trace"
	"time"

	"corpus/recording"
)

func main() {
	recording.Check(trace.Start(recording.File()))
	ctx, _ := trace.NewTask(context.Background(), "doomed")
	trace.Log(ctx, "state", "starting")
	// The runtime starts a generation every second.
	time.Sleep(1200 * time.Millisecond)
	fillBuffer(ctx)
	// Time for what is full to be written.
	time.Sleep(100 * time.Millisecond)
	os.Exit(3)
}

// fillBuffer records more than the 64 KiB that a thread keeps to itself.
func fillBuffer(ctx context.Context) {
	for i := 0; i < 9000; i++ {
		trace.WithRegion(ctx, "step", func() {})
	}
}

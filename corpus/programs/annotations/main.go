// Command annotations uses the whole of runtime/trace's annotation API: tasks,
// regions and logs, with names and messages that are awkward to print.
package main

import (
	"context"
	"runtime/trace"
	"strings"
	"sync"

	"corpus/recording"
)

func main() {
	// This task begins before there is a trace: only its end is seen.
	_, early := trace.NewTask(context.Background(), "early")
	recording.Of(func() {
		early.End()
		tasks()
		regions()
		logs()
	})
}

// tasks makes a task with two children. One child ends on another goroutine,
// the other never ends.
func tasks() {
	ctx, parent := trace.NewTask(context.Background(), "parent")
	defer parent.End()
	child, ended := trace.NewTask(ctx, "child")
	elsewhere(func() {
		trace.WithRegion(child, "in child", func() {})
		ended.End()
	})
	orphan, _ := trace.NewTask(ctx, "never ended")
	trace.Log(orphan, "state", "left open")
	_, nameless := trace.NewTask(context.Background(), "")
	nameless.End()
	ended.End() // A second time: Go records it again.
}

// regions nests regions, and leaves one open at a goroutine's end and another
// at the end of the trace.
func regions() {
	ctx := context.Background()
	trace.WithRegion(ctx, "outer", func() {
		trace.WithRegion(ctx, "middle", func() {
			trace.WithRegion(ctx, "inner", func() {})
			trace.WithRegion(ctx, "inner", func() {})
		})
	})
	elsewhere(func() { trace.StartRegion(ctx, "open at goroutine end") })
	trace.StartRegion(ctx, "open at trace end")
}

// logs writes messages of every shape, within a task and without one.
func logs() {
	ctx, task := trace.NewTask(context.Background(), "log")
	defer task.End()
	trace.Log(ctx, "", "")
	trace.Log(ctx, "", "no category")
	trace.Log(ctx, "no message", "")
	trace.Log(ctx, "control", "tab\tnewline\nquote\"backslash\\nul\x00bell\a")
	trace.Log(ctx, "unicode", "Zażółć gęślą jaźń, 世界, 🐹")
	trace.Log(ctx, "not UTF-8", "\xff\xfe\xc3(\x80")
	trace.Log(ctx, "long", strings.Repeat("0123456789", 200))
	trace.Logf(context.Background(), "formatted", "%d of %q", 3, "no task")
}

// elsewhere runs f on a new goroutine and waits for it.
func elsewhere(f func()) {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		f()
	}()
	wg.Wait()
}

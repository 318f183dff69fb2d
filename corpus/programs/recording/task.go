package recording

import (
	"context"
	"runtime/trace"
)

// Task does work as a task of the given type, and in a region of that name, on
// this goroutine: both begin and end with work.
func Task(kind string, work func()) {
	ctx, task := trace.NewTask(context.Background(), kind)
	defer task.End()
	trace.WithRegion(ctx, kind, work)
}

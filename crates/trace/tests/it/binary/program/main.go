// The program whose addresses a built trace has. It prints what Go itself has at them:
//
//	stack 0x4012ab main.leaf /src/main.go 12
//	inlined 0x4012ff main.middle /src/main.go 19
//	entry 0x401280 main.leaf /src/main.go 9
//
// The frames of a stack are innermost first. One that is "inlined" is in the function of the next frame.
package main

import (
	"fmt"
	"reflect"
	"runtime"
)

type shop struct{ shelves int }

//go:noinline
func leaf(depth int) []uintptr {
	pcs := make([]uintptr, 32)
	return pcs[:runtime.Callers(1, pcs)]
}

func inlined(depth int) []uintptr { return leaf(depth + 1) }

func twice(depth int) []uintptr { return inlined(depth + 1) }

//go:noinline
func (s *shop) open(depth int) (pcs []uintptr) {
	defer func() { s.shelves = len(pcs) }()
	pcs = twice(depth + 1)
	return pcs
}

func main() {
	s := &shop{}
	stack := s.open(0)
	for _, pc := range stack {
		frame, _ := runtime.CallersFrames([]uintptr{pc}).Next()
		kind := "stack"
		if frame.Func == nil {
			kind = "inlined"
		}
		fmt.Printf("%s %#x %s %s %d\n", kind, pc, frame.Function, frame.File, frame.Line)
	}
	for _, function := range []any{leaf, (*shop).open, main} {
		pc := reflect.ValueOf(function).Pointer()
		f := runtime.FuncForPC(pc)
		file, line := f.FileLine(pc)
		fmt.Printf("entry %#x %s %s %d\n", pc, f.Name(), file, line)
	}
}

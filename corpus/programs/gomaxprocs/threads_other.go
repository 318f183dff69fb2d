//go:build !linux

package main

// allThreads has no counterpart elsewhere.
func allThreads() {}

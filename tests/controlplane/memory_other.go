//go:build !linux

package main

// limitMemory: only Linux counts private memory against a limit.
func limitMemory() error { return nil }

//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// peakMemory is how much of a process was in memory at most. It cannot be less than what its parent had when it
// started it, which is this program and small.
func peakMemory(ended *os.ProcessState) int64 {
	resources, ok := ended.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	peak := int64(resources.Maxrss) //nolint:unconvert // it is an int32 on some systems
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return peak
	}
	return peak << 10
}

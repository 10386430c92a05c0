package main

import "syscall"

// memoryLimit is several times what a part needs. Go ends a process that can't get more memory with "out of memory".
const memoryLimit = 3 << 30

// limitMemory keeps a part that runs away (an absurd number of replicas makes the controller manager allocate without
// end) from taking the machine down. RLIMIT_AS would not do: Go reserves far more addresses than it uses.
func limitMemory() error {
	limit := syscall.Rlimit{Cur: memoryLimit, Max: memoryLimit}
	return syscall.Setrlimit(syscall.RLIMIT_DATA, &limit)
}

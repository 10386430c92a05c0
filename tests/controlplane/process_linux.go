package main

import "syscall"

// dieWithParent makes the kernel kill the children when the supervisor itself is killed.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

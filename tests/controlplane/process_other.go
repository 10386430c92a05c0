//go:build !linux

package main

import "syscall"

// dieWithParent: only Linux can tie a child's life to its parent's. Elsewhere a killed supervisor leaves its children.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

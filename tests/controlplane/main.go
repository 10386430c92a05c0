// Command controlplane is a real Kubernetes control plane in one binary, for iriskit's tests.
//
// Its first argument (or the name it is called by) chooses a part: etcd, kube-apiserver, kube-controller-manager,
// kube-scheduler, kwok, kubectl. "up --dir DIR" starts them all on loopback, prints one line of JSON that says where,
// and stops everything when its standard input ends.
//
// The tests build it (tests/it/support/controlplane/build.rs); by hand:
//
//	v=k8s.io/component-base/version
//	go build -trimpath -ldflags "-s -w -X $v.gitVersion=v1.36.3 -X $v.gitMajor=1 -X $v.gitMinor=36" -o ../../target/controlplane-by-hand .
//
// Without these flags the servers report a version that no client can parse.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// The supervisor's children die with the thread that started them, so the main goroutine stays on the main thread.
func init() { runtime.LockOSThread() }

func main() {
	// A part names itself by os.Args[0] in user agents, hence as field manager: give it the name that it has elsewhere.
	if _, ok := parts[filepath.Base(os.Args[0])]; !ok && len(os.Args) > 1 {
		os.Args = os.Args[1:]
	}
	name := filepath.Base(os.Args[0])
	if name == "up" {
		os.Exit(up(os.Args[1:]))
	}
	run, ok := parts[name]
	if !ok {
		fmt.Fprintln(os.Stderr, "usage: controlplane up --dir DIR | etcd | kube-apiserver | kube-controller-manager | kube-scheduler | kwok | kubectl")
		os.Exit(2)
	}
	if err := limitMemory(); err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
	os.Exit(run())
}

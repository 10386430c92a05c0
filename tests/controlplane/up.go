// The supervisor: starts the parts, says where they are, and stops them in reverse order.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

const (
	startDeadline = 90 * time.Second
	stopGrace     = 3 * time.Second // for each part; its data goes anyway
	attempts      = 3               // a port that was free can be taken before the part binds it
)

// report is the line on standard output.
type report struct {
	Kubeconfig string         `json:"kubeconfig"`
	Audit      string         `json:"audit"`
	Dir        string         `json:"dir"`
	Server     string         `json:"server"`
	Etcd       string         `json:"etcd"`
	Version    string         `json:"version"`
	Pids       map[string]int `json:"pids"`
}

func up(args []string) int {
	flags := flag.NewFlagSet("up", flag.ContinueOnError)
	dir := flags.String("dir", "", "folder to make; it must not exist, and is removed at the end")
	if flags.Parse(args) != nil || *dir == "" || flags.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: controlplane up --dir DIR")
		return 2
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	if err := supervise(ctx, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "controlplane:", err)
		return 1
	}
	return 0
}

// supervise returns nil when it was asked to stop.
func supervise(ctx context.Context, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	// Never a used folder: an etcd that is still going down would remove files of the next one.
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	plane, err := bringUp(ctx, dir)
	if plane != nil {
		defer plane.stop()
	}
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(plane.report()); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case dead := <-plane.died:
		return dead.why()
	}
}

// bringUp tries again with other ports when a part ends early.
func bringUp(ctx context.Context, dir string) (*plane, error) {
	ctx, cancel := context.WithTimeout(ctx, startDeadline)
	defer cancel()
	for attempt := 1; ; attempt++ {
		run := filepath.Join(dir, fmt.Sprint(attempt))
		if err := os.Mkdir(run, 0o700); err != nil {
			return nil, err
		}
		p := &plane{layout: layout{run}, died: make(chan *process, 8)}
		err := p.start(ctx)
		if err == nil {
			return p, nil
		}
		var early *endedEarly
		if attempt == attempts || !errors.As(err, &early) {
			return p, err
		}
		p.stop()
	}
}

// freePort gives a loopback port that nobody listens on now.
func freePort() (int, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

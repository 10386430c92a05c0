// Child processes: this same binary, called by the name of a part, its output in a file.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

type process struct {
	name string
	log  string
	cmd  *exec.Cmd
	done chan struct{} // closed once the process has been reaped
}

// start runs a part with its output in DIR/NAME.log. Call it from the main goroutine only (see main's init).
func start(dir, name string, args ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{name: name, log: filepath.Join(dir, name+".log"), done: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p.cmd = &exec.Cmd{
		Path: self, Args: append([]string{name}, args...), Dir: dir, Stdout: log, Stderr: log,
		// A home of its own: KWOK and client-go look there for configuration.
		Env:         []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()},
		SysProcAttr: dieWithParent(),
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// stop asks, waits, then kills. A stopped (SIGSTOP) process only notices the kill.
func (p *process) stop(grace time.Duration) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(grace):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// endedEarly tells how a part ended, with the last lines it wrote.
type endedEarly struct{ text string }

func (e *endedEarly) Error() string { return e.text }

func (p *process) why() error {
	text, _ := os.ReadFile(p.log)
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	if len(lines) > 8 {
		lines = lines[len(lines)-8:]
	}
	return &endedEarly{fmt.Sprintf("%s ended (%s):\n%s", p.name, p.cmd.ProcessState, bytes.Join(lines, []byte("\n")))}
}

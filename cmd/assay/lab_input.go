package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
)

// barFrom is the size from which reading a file shows a progress bar on a terminal.
const barFrom = 8 << 20

// openInput opens a file that a lab command was given, or standard input for "-". On
// a terminal a large file shows on talk how much of it has been read. name is what
// messages call it.
func openInput(path string, stdin io.Reader, talk io.Writer) (in io.ReadCloser, name string, err error) {
	if path == "-" {
		return io.NopCloser(stdin), "standard input", nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, "", fmt.Errorf("open the input: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, "", fmt.Errorf("open the input: %w", err)
	}
	if info.IsDir() {
		f.Close()
		return nil, "", fmt.Errorf("open the input: %s is a folder, want a file", path)
	}
	if info.Size() < barFrom || !isTerminal(talk) {
		return f, path, nil
	}
	bar := progressbar.NewOptions64(info.Size(), progressbar.OptionSetWriter(talk), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetDescription("read"))
	return &watched{f, bar}, path, nil
}

// watched is a file whose reading moves a bar.
type watched struct {
	file *os.File
	bar  *progressbar.ProgressBar
}

// Read reads from the file and moves the bar.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.file.Read(p)
	w.bar.Add(n)
	return n, err
}

// Close ends both.
func (w *watched) Close() error {
	w.bar.Finish()
	return w.file.Close()
}

// orStopped runs a job that cannot be interrupted, such as reading what is typed or a
// long computation. When ctx ends before it, the job is left behind with what it holds,
// and the error is the cause.
func orStopped[T any](ctx context.Context, job func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	var none T
	if ctx.Err() != nil {
		return none, context.Cause(ctx)
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := job()
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
}

// stoppable is an input whose reading ends with ctx, also while it waits.
type stoppable struct {
	ctx context.Context
	in  io.Reader
	buf []byte // of the read that runs; a read that was left behind keeps it
}

// Read reads through a buffer of its own, since a read that was left behind may still
// write.
func (s *stoppable) Read(p []byte) (int, error) {
	if s.buf == nil {
		s.buf = make([]byte, 1<<16)
	}
	buf := s.buf[:min(len(p), len(s.buf))]
	n, err := orStopped(s.ctx, func() (int, error) { return s.in.Read(buf) })
	return copy(p, buf[:n]), err
}

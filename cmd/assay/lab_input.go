package main

import (
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
	bar := progressbar.NewOptions64(info.Size(), progressbar.OptionSetWriter(talk), progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetDescription("read"))
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

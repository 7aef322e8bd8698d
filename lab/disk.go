package lab

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// partEnding is on the name of a file that is being written.
const partEnding = ".part"

// disk takes the durable steps of a run folder, one by one.
type disk struct {
	dir string
	// before is told of each step, and fails it with its error; nil lets all pass.
	before func(step, name string) error
}

func (d disk) step(step, name string) error {
	if d.before == nil {
		return nil
	}
	return d.before(step, name)
}

func (d disk) path(name string) string { return filepath.Join(d.dir, name) }

// write writes a file under the name that it has until it is published. The file is
// durable when write returns.
func (d disk) write(name string, content func(io.Writer) error) (_ File, err error) {
	name += partEnding
	if err := d.step("create", name); err != nil {
		return File{}, err
	}
	file, err := os.OpenFile(d.path(name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return File{}, err
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			err = errors.Join(err, d.remove(name))
		}
	}()
	digest, count := sha256.New(), counter(0)
	w := bufio.NewWriterSize(io.MultiWriter(stepped{d, name, file}, digest, &count), 1<<16)
	if err := content(w); err != nil {
		return File{}, err
	}
	if err := w.Flush(); err != nil {
		return File{}, err
	}
	if err := d.step("sync", name); err != nil {
		return File{}, err
	}
	if err := file.Sync(); err != nil {
		return File{}, err
	}
	return File{int64(count), hex.EncodeToString(digest.Sum(nil))}, nil
}

// stepped is a file each of whose writes is a step.
type stepped struct {
	disk disk
	name string
	file *os.File
}

// Write writes p, or nothing where the step fails.
func (s stepped) Write(p []byte) (int, error) {
	if err := s.disk.step("write", s.name); err != nil {
		return 0, err
	}
	return s.file.Write(p)
}

// counter counts what is written to it.
type counter int64

// Write counts p.
func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// publish gives files that were written their names, durably.
func (d disk) publish(names ...string) error {
	for _, name := range names {
		if err := d.step("rename", name); err != nil {
			return err
		}
		if err := os.Rename(d.path(name+partEnding), d.path(name)); err != nil {
			return err
		}
	}
	return d.sync()
}

// sync makes the names in the folder durable.
func (d disk) sync() error {
	if err := d.step("sync", "."); err != nil {
		return err
	}
	return syncFolder(d.dir)
}

func (d disk) remove(name string) error {
	if err := os.Remove(d.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// makeFolder makes a folder that is still there after a crash.
func makeFolder(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	parent := filepath.Dir(filepath.Clean(dir))
	if err := makeParent(parent, dir); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(parent)
}

func makeParent(parent, dir string) error {
	if parent == dir {
		return nil
	}
	return makeFolder(parent)
}

// clear removes what a run that was cut left half written.
func (d disk) clear(entries []os.DirEntry) error {
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), partEnding) && e.Type().IsRegular() {
			if err := d.remove(e.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

// advise adds to an error what to do about it.
func advise(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: free some space and give the same command again; it goes on with the run, and what was finished is kept", err)
	}
	return err
}

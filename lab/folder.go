package lab

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gofrs/flock"
)

// Errors of run folders; errors.Is finds them.
var (
	ErrOtherRun = errors.New("the folder holds another run")
	ErrFinished = errors.New("the folder holds this run, finished")
	ErrInUse    = errors.New("another process works in the folder")
	ErrNoRun    = errors.New("the folder holds no run")
)

// Files that are there until the run is finished: the one that the process that works in
// the folder holds locked, and what a sweep or a search has measured so far.
const (
	lockFile     = ".lock"
	progressFile = "progress.jsonl"
)

// Folder is a run folder.
type Folder struct {
	disk     disk
	lock     *flock.Flock // nil of one that is only read
	mu       sync.Mutex
	manifest Manifest
}

// Create makes the folder of a run, or goes on with one that holds the same run,
// unfinished: tables that it has stay. The error wraps ErrOtherRun where the folder holds
// anything else, ErrFinished where the run is complete, and ErrInUse while another process
// works in it. Finish ends the run, Close leaves it for later.
func Create(dir string, m Manifest) (*Folder, error) {
	return create(disk{dir: dir}, m)
}

func create(d disk, m Manifest) (_ *Folder, err error) {
	m = m.complete()
	if _, err := m.encode(); err != nil {
		return nil, err
	}
	if err := makeFolder(d.dir); err != nil {
		return nil, advise(err)
	}
	if err := onlyRun(d.dir); err != nil {
		return nil, err
	}
	lock, err := lockFolder(d.dir)
	if err != nil {
		return nil, advise(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, lock.Unlock())
		}
	}()
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return nil, err
	}
	if err := d.clear(entries); err != nil {
		return nil, err
	}
	f := &Folder{disk: d, lock: lock, manifest: m}
	was, err := readManifest(d.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f, advise(f.writeManifest(m))
	case err != nil:
		return nil, err
	}
	if err := sameRun(d.dir, was, &m); err != nil {
		if was.Finished {
			err = errors.Join(err, d.tidy())
		}
		return nil, err
	}
	f.manifest = *was
	return f, nil
}

// onlyRun refuses a folder that is in use for something else than a run, before a lock is
// put into it.
func onlyRun(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	foreign := ""
	for _, e := range entries {
		switch {
		case e.Name() == manifestFile:
			return nil
		case e.Name() != lockFile && !strings.HasSuffix(e.Name(), partEnding) && foreign == "":
			foreign = e.Name()
		}
	}
	if foreign != "" {
		return fmt.Errorf("%w: %s has no %s but holds %s; name a folder that is empty or not there yet", ErrOtherRun, dir, manifestFile, foreign)
	}
	return nil
}

// sameRun refuses a folder whose run cannot be gone on with.
func sameRun(dir string, was, m *Manifest) error {
	if d := was.differences(m); len(d) > 0 {
		return fmt.Errorf("%w: %s: %s; name another folder, or remove this one if the run in it is not needed", ErrOtherRun, dir, sentence(d))
	}
	if was.Finished {
		return fmt.Errorf("%w: %s; read it, name another folder, or remove this one to run again", ErrFinished, dir)
	}
	return nil
}

func lockFolder(dir string) (*flock.Flock, error) {
	lock := flock.New(filepath.Join(dir, lockFile))
	held, err := lock.TryLock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("lock the folder: %w", err)
	case !held:
		return nil, fmt.Errorf("%w: %s; wait for it, or name another folder", ErrInUse, dir)
	}
	return lock, nil
}

// Open opens a run folder for reading, finished or not. The error wraps ErrNoRun where
// there is none. The files of a table are checked when it is read.
func Open(dir string) (*Folder, error) {
	m, err := readManifest(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s has no %s; name a folder that a command of the lab wrote", ErrNoRun, dir, manifestFile)
	}
	if err != nil {
		return nil, err
	}
	return &Folder{disk: disk{dir: dir}, manifest: *m}, nil
}

// Dir is where the folder is.
func (f *Folder) Dir() string { return f.disk.dir }

// Manifest is what the folder's manifest says.
func (f *Folder) Manifest() Manifest {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.manifest
	m.Settings, m.Tables, m.Texts = maps.Clone(m.Settings), slices.Clone(m.Tables), slices.Clone(m.Texts)
	return m
}

// Has reports whether a table is finished.
func (f *Folder) Has(table string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, ok := f.manifest.table(table)
	return ok
}

func (m *Manifest) table(name string) (int, bool) {
	return slices.BinarySearchFunc(m.Tables, name, func(t Table, name string) int { return strings.Compare(t.Name, name) })
}

// Finish marks the run as complete and ends the work in its folder. What is finished is
// not written again.
func (f *Folder) Finish() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.writable(); err != nil {
		return err
	}
	m := f.manifest
	m.Finished = true
	if err := f.writeManifest(m); err != nil {
		return advise(fmt.Errorf("finish the run: %w", err))
	}
	// Whoever opened the lock's file before it is gone finds the run finished.
	return errors.Join(f.disk.tidy(), f.unlock())
}

// tidy removes what a finished run does not need.
func (d disk) tidy() error { return errors.Join(d.remove(progressFile), d.remove(lockFile)) }

// Close ends the work in the folder and leaves the run as it is. It does nothing after
// Finish, or to a folder that is only read.
func (f *Folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.unlock()
}

func (f *Folder) unlock() error {
	if f.lock == nil {
		return nil
	}
	lock := f.lock
	f.lock = nil
	return lock.Unlock()
}

func (f *Folder) writable() error {
	switch {
	case f.manifest.Finished:
		return fmt.Errorf("%w: %s", ErrFinished, f.disk.dir)
	case f.lock == nil:
		return fmt.Errorf("%s is open for reading alone", f.disk.dir)
	}
	return nil
}

// writeManifest replaces the manifest, durably.
func (f *Folder) writeManifest(m Manifest) error {
	text, err := m.encode()
	if err != nil {
		return err
	}
	_, err = f.disk.write(manifestFile, func(w io.Writer) error { _, err := w.Write(text); return err })
	if err != nil {
		return err
	}
	if err := f.disk.publish(manifestFile); err != nil {
		return errors.Join(err, f.disk.remove(manifestFile+partEnding))
	}
	f.manifest = m
	return nil
}

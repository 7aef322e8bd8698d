package export

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
	"slices"
	"strings"
)

// ErrExists is a folder that an export does not write into.
var ErrExists = errors.New("the folder is not empty")

// File is one file of an export.
type File struct {
	Name   string `json:"name"` // with slashes, from the folder
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// folder is an export that is being written, beside the place that it will have.
type folder struct {
	dir   string
	files []File
}

// checkOut refuses a folder that is in use. With force, one is taken that holds an earlier
// export and nothing else.
func checkOut(out string, force bool) error {
	entries, err := os.ReadDir(out)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0:
		return nil
	case err != nil:
		return err
	case !force:
		return fmt.Errorf("%w: %s; name another, or replace an earlier export with --force", ErrExists, out)
	}
	for _, e := range entries {
		if !exported(e) {
			return fmt.Errorf("%w: %s holds %s, which no export writes, and is not replaced; name another", ErrExists, out, e.Name())
		}
	}
	return nil
}

// exported reports whether an entry is one that an export writes.
func exported(e fs.DirEntry) bool {
	if e.Name() == "data" {
		return e.IsDir()
	}
	return !e.IsDir() && slices.Contains([]string{cardFile, croissantFile, checksumFile, licenceFile, provenanceFile, rankingParquet, rankingCSV}, e.Name())
}

// newFolder makes a folder beside the place that it will have, so that it can be moved
// there as a whole.
func newFolder(out string) (*folder, error) {
	if err := os.MkdirAll(filepath.Dir(filepath.Clean(out)), 0o755); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(filepath.Dir(filepath.Clean(out)), "."+filepath.Base(filepath.Clean(out))+".part-")
	if err != nil {
		return nil, err
	}
	return &folder{dir: dir}, nil
}

// create writes one file and notes its size and digest.
func (f *folder) create(name string, write func(io.Writer) error) (err error) {
	path := filepath.Join(f.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	digest, count := sha256.New(), counter(0)
	w := bufio.NewWriterSize(io.MultiWriter(file, digest, &count), 1<<16)
	if err := write(w); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	f.files = append(f.files, File{name, int64(count), hex.EncodeToString(digest.Sum(nil))})
	return file.Sync()
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// checksums are the digests of all files so far, as sha256sum --check reads them.
func (f *folder) checksums() string {
	var b strings.Builder
	for _, file := range f.files {
		fmt.Fprintf(&b, "%s  %s\n", file.SHA256, file.Name)
	}
	return b.String()
}

// publish moves the folder to its place. An earlier export there is set aside first and
// removed when the new one stands.
func (f *folder) publish(out string, force bool) error {
	if err := os.Chmod(f.dir, 0o755); err != nil {
		return err
	}
	if err := checkOut(out, force); err != nil {
		return err
	}
	aside := f.dir + ".old"
	err := os.Rename(out, aside)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(f.dir, out); err != nil {
		return errors.Join(err, os.Rename(aside, out))
	}
	f.dir = ""
	return os.RemoveAll(aside)
}

// discard removes what was not published.
func (f *folder) discard() {
	if f.dir != "" {
		os.RemoveAll(f.dir)
	}
}

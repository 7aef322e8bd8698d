package publish

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// noteName is the file beside a fetched record.
const noteName = "published.json"

// Note says where a record was fetched from, and what was withheld then.
type Note struct {
	Address string `json:"address"`
	Head    Head   `json:"head"`
}

// ReadNote reads the note in a folder; ok is false where the record was not fetched.
func ReadNote(dir string) (n Note, ok bool, err error) {
	f, err := os.Open(filepath.Join(dir, noteName))
	if errors.Is(err, fs.ErrNotExist) {
		return n, false, nil
	}
	if err != nil {
		return n, false, fmt.Errorf("read note of a fetched record: %w", err)
	}
	defer f.Close()
	if err := json.NewDecoder(io.LimitReader(f, headLimit)).Decode(&n); err != nil {
		return n, false, fmt.Errorf("read note of a fetched record: %w", err)
	}
	return n, true, nil
}

func writeNote(dir string, n Note) error {
	text, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		return fmt.Errorf("write note of a fetched record: %w", err)
	}
	path := filepath.Join(dir, noteName)
	if err := os.WriteFile(path+".next", append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("write note of a fetched record: %w", err)
	}
	if err := os.Rename(path+".next", path); err != nil {
		return fmt.Errorf("write note of a fetched record: %w", err)
	}
	return nil
}

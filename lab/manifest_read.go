package lab

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// encode is the text of the manifest file.
func (m *Manifest) encode() ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(m); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	if b.Len() > MaxManifestBytes {
		return nil, fmt.Errorf("manifest: %d bytes, at most %d are allowed", b.Len(), MaxManifestBytes)
	}
	return b.Bytes(), nil
}

// readManifest reads the manifest of a folder strictly; the error wraps fs.ErrNotExist
// where there is none.
func readManifest(dir string) (*Manifest, error) {
	path := filepath.Join(dir, manifestFile)
	in, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, MaxManifestBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > MaxManifestBytes {
		return nil, fmt.Errorf("%s: more than %d bytes: this is no manifest of a run", path, MaxManifestBytes)
	}
	m, err := decodeManifest(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; the file was changed or is not of this software", path, err)
	}
	return m, nil
}

// decodeManifest reads the text of a manifest file.
func decodeManifest(text []byte) (*Manifest, error) {
	m := new(Manifest)
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		return nil, fmt.Errorf("line %d: %w", 1+bytes.Count(text[:min(len(text), int(d.InputOffset()))], []byte("\n")), err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more stands behind its end")
	}
	return m, m.check()
}

// openRegular opens a file for reading that is neither a folder nor a device nor a pipe,
// which could keep its reader waiting.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	return os.Open(path)
}

// sentence joins what differs.
func sentence(differences []string) string { return strings.Join(differences, "; ") }

package lab

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// WriteText writes a file that is no table, such as a parameter file; its name ends on
// .yaml or .txt. It is finished when WriteText returns.
func WriteText(f *Folder, name, text string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.writable(); err != nil {
		return err
	}
	if err := f.writeText(name, text); err != nil {
		return advise(errors.Join(fmt.Errorf("write %s: %w", name, err), f.disk.remove(name+partEnding)))
	}
	return nil
}

func (f *Folder) writeText(name, text string) error {
	if !textName.MatchString(name) || len(text) > MaxScenarioBytes {
		return fmt.Errorf("want a name of a-z, 0-9 and _ that ends on .yaml or .txt, and at most %d bytes", MaxScenarioBytes)
	}
	m := f.manifest
	at, had := slices.BinarySearchFunc(m.Texts, name, func(t Text, name string) int { return strings.Compare(t.Name, name) })
	if had { // the manifest never names a file that is not the one there
		m.Texts = slices.Delete(slices.Clone(m.Texts), at, at+1)
		if err := f.writeManifest(m); err != nil {
			return err
		}
	}
	file, err := f.disk.write(name, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
	if err != nil {
		return err
	}
	if err := f.disk.publish(name); err != nil {
		return err
	}
	m.Texts = slices.Insert(slices.Clone(m.Texts), at, Text{name, file})
	return f.writeManifest(m)
}

// ReadText reads a file that WriteText wrote, and checks it against the manifest.
func ReadText(f *Folder, name string) (string, error) {
	for _, t := range f.Manifest().Texts {
		if t.Name != name {
			continue
		}
		path := f.disk.path(name)
		in, err := openRegular(path)
		if err != nil {
			return "", err
		}
		defer in.Close()
		text, err := io.ReadAll(io.LimitReader(in, t.Bytes+1))
		if err != nil {
			return "", err
		}
		if int64(len(text)) != t.Bytes || digestOf(string(text)) != t.SHA256 && len(text) > 0 {
			return "", changed(path, "its size or SHA-256 is not that of the manifest")
		}
		return string(text), nil
	}
	return "", fmt.Errorf("%s has no file %.80q", f.disk.dir, name)
}

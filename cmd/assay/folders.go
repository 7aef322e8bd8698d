package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	journal "github.com/assaynet/assay/evidence/log"
)

// The files that a role's folder is known by.
const (
	recordDatabase = "evidence.db"
	minerDatabase  = "miner.db"
)

// openRecord opens the record in a validator's folder for reading.
func openRecord(folder string) (*journal.Log, error) {
	if _, err := os.Stat(filepath.Join(folder, recordDatabase)); errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, withCode(codeInvalid, noRecord(folder))
	}
	return journal.OpenReadOnly(folder)
}

// noRecord says what a folder without a record is, and which one may have been
// meant.
func noRecord(folder string) error {
	info, err := os.Stat(folder)
	if err != nil {
		return fmt.Errorf("look for a record: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder; give the one that holds %s", folder, recordDatabase)
	}
	if holds(folder, minerDatabase) {
		return fmt.Errorf("%s is a miner's folder, it holds no validator's record (%s)", folder, recordDatabase)
	}
	hint := ""
	if below, err := foldersWith(folder, recordDatabase); err == nil && len(below) > 0 {
		hint = fmt.Sprintf(", did you mean %s?", below[0])
	}
	return fmt.Errorf("%s holds no validator's record (%s)%s", folder, recordDatabase, hint)
}

// noRoles refuses a chain the folder of a validator or a miner: a mistyped --dir
// would mix the two.
func noRoles(folder, command string) error {
	for _, role := range [][2]string{{"validator", recordDatabase}, {"miner", minerDatabase}} {
		if folder != "" && holds(folder, role[1]) {
			return withCode(codeInvalid, fmt.Errorf("%s is the folder of a %s, it holds %s: give assay %s another with --dir", folder, role[0], role[1], command))
		}
	}
	return nil
}

// minersBeside are the folders of miners next to a folder.
func minersBeside(folder string) ([]string, error) {
	abs, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	return foldersWith(filepath.Dir(abs), minerDatabase)
}

// foldersWith are the folders in one that hold a file of this name, sorted.
func foldersWith(in, name string) ([]string, error) {
	entries, err := os.ReadDir(in)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		dir := filepath.Join(in, e.Name())
		if (e.IsDir() || e.Type()&fs.ModeSymlink != 0) && holds(dir, name) {
			out = append(out, dir)
		}
	}
	return out, nil
}

// holds reports whether a folder that can be looked into has a file of this name.
func holds(folder, name string) bool {
	_, err := os.Stat(filepath.Join(folder, name))
	return err == nil
}

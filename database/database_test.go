package database

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"
)

const create = `CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE notes (body BLOB NOT NULL) STRICT; INSERT INTO meta VALUES ('schema', ?), ('owner', ?)`

func options() Options { return Options{Create: create, Args: []any{"3", "me"}} }

// made opens a database and frees it, and its folder, at the test's end.
func made(t *testing.T, path string, o Options) *sql.DB {
	t.Helper()
	db, lock, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(db.Close(), lock.Unlock()); err != nil {
			t.Error(err)
		}
	})
	return db
}

// closed is the path of a database with a note in it, which nobody has open.
func closed(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "notes.db")
	db, lock, err := Open(path, options())
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(`INSERT INTO notes VALUES (zeroblob(100000))`)
	if err := errors.Join(err, db.Close(), lock.Unlock()); err != nil {
		t.Fatal(err)
	}
	return path
}

func exec(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func sound(db *sql.DB) error { return errors.Join(CheckVersion(db, 3), CheckWhole(db)) }

// A folder's name reaches SQLite letter by letter, and nothing of it as a setting.
func TestOddPaths(t *testing.T) {
	for _, name := range []string{
		"plain", "with space", "a#b", "a?mode=memory", "a%b", "a%20b", "a+b", "a&vfs=none", "a;b=c:d", "ü", "a\\b", "'\"",
	} {
		t.Run(name, func(t *testing.T) {
			top, err := filepath.EvalSymlinks(t.TempDir()) // SQLite names the file so
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(top, name)
			path := closed(t, dir)
			for _, m := range []mode{readOnly, immutable} {
				db, err := readAs(path, m, sound)
				if err != nil {
					t.Fatalf("mode %d: %v", m, err)
				}
				if _, err := db.Exec(`DELETE FROM notes`); code(err) != sqlite3.SQLITE_READONLY {
					t.Errorf("mode %d takes a write: %v", m, err)
				}
				if err := db.Close(); err != nil {
					t.Fatal(err)
				}
			}
			db := made(t, path, Options{})
			exec(t, db, `INSERT INTO notes VALUES (x'01')`)
			var file string
			if err := db.QueryRow(`SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&file); err != nil || file != path {
				t.Errorf("SQLite opened %q, %v; want %q", file, err, path)
			}
			entries, err := os.ReadDir(top)
			if err != nil || len(entries) != 1 || entries[0].Name() != name {
				t.Errorf("beside the folder lies something else: %v, %v", entries, err)
			}
		})
	}
}

func TestRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	made(t, "a#b/notes.db", options())
	if !exists("a#b/notes.db") {
		t.Error("the database is not where its path says")
	}
}

func TestPragmas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.db")
	db := made(t, path, Options{Create: create, Args: options().Args, MaxPages: 50})
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "trusted_schema": "0", "busy_timeout": "10000",
		"journal_size_limit": "67108864", "max_page_count": "50", "locking_mode": "normal",
	} {
		var got string
		if err := db.QueryRow(`PRAGMA ` + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, %v; want %q", pragma, got, err, want)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the file: %v, %v", info.Mode(), err)
	}
	_, err = db.Exec(`INSERT INTO notes VALUES (zeroblob(1000000))`)
	if code(err) != sqlite3.SQLITE_FULL || !strings.Contains(Remedy(err), "free some space") {
		t.Errorf("more pages than allowed: %v, remedy %q", err, Remedy(err))
	}
}

// Whoever holds the lock already keeps it, however Open ends.
func TestOpenUnderTheCallersLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made", "notes.db")
	held, err := Lock(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	o := options()
	o.Lock = held
	db, lock, err := Open(path, o)
	if err != nil || lock != nil {
		t.Fatalf("open: lock %v, %v", lock, err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(path, o); err == nil {
		t.Error("an empty file opens")
	}
	if _, err := Lock(filepath.Dir(path)); !errors.Is(err, ErrLocked) {
		t.Errorf("a second lock: %v", err)
	}
	if err := held.Unlock(); err != nil {
		t.Error(err)
	}
}

func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.db")
	db, lock, err := Open(path, options())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(path, options()); !errors.Is(err, ErrLocked) {
		t.Errorf("second open: %v", err)
	}
	exec(t, db, `INSERT INTO notes VALUES (x'01')`)
	for _, open := range []func() (*sql.DB, error){
		func() (*sql.DB, error) { return Reader(path) },
		func() (*sql.DB, error) { return Read(path, sound) },
	} {
		reader, err := open()
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if err := reader.QueryRow(`SELECT count(*) FROM notes`).Scan(&n); err != nil || n != 1 {
			t.Errorf("a reader beside the writer sees %d notes, %v", n, err)
		}
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := errors.Join(db.Close(), lock.Unlock()); err != nil {
		t.Fatal(err)
	}
	made(t, path, options())
}

// A failed Open frees the folder.
func TestFailedOpenFreesTheFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.db")
	if _, _, err := Open(path, Options{Create: `CREATE TABLE meta (name, value); nonsense`}); err == nil || exists(path) {
		t.Fatalf("a creation that fails halfway: %v, and there is a database: %v", err, exists(path))
	}
	if err := sound(made(t, path, options())); err != nil {
		t.Error(err)
	}
}

func TestExclusive(t *testing.T) {
	path := closed(t, t.TempDir())
	exec(t, made(t, path, Options{Exclusive: true}), `INSERT INTO notes VALUES (x'01')`)
	db, err := sql.Open("sqlite", path) // without the busy timeout
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec(`SELECT count(*) FROM notes`)
	if code(err) != sqlite3.SQLITE_BUSY || !strings.Contains(Remedy(err), "other process") {
		t.Errorf("a reader beside an exclusive writer: %v, remedy %q", err, Remedy(err))
	}
}

// What a crash leaves of a creation is no database.
func TestUnfinishedCreation(t *testing.T) {
	dir := t.TempDir()
	for _, suffix := range []string{".new", ".new-wal", ".new-shm", ".new-journal"} {
		if err := os.WriteFile(filepath.Join(dir, "notes.db"+suffix), []byte("torn"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := sound(made(t, filepath.Join(dir, "notes.db"), options())); err != nil {
		t.Error(err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*.new*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

func TestDamagedFile(t *testing.T) {
	for name, damage := range map[string]func(path string) error{
		"empty":  func(p string) error { return os.Truncate(p, 0) },
		"a stub": func(p string) error { return os.Truncate(p, 7) },
		"half":   func(p string) error { return os.Truncate(p, 50_000) },
		"no database": func(p string) error {
			return os.WriteFile(p, []byte("not a database at all, just text"), 0o600)
		},
		"gone, log left": func(p string) error { return os.Rename(p, p+"-wal") },
		"a page gone": func(p string) error {
			b, err := os.ReadFile(p)
			return errors.Join(err, os.WriteFile(p, slices.Concat(b[:8192], make([]byte, 4096), b[12288:]), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := closed(t, t.TempDir())
			if err := damage(path); err != nil {
				t.Fatal(err)
			}
			before, _ := os.ReadFile(path)
			db, lock, err := Open(path, options())
			if err == nil {
				err = errors.Join(sound(db), db.Close(), lock.Unlock())
			}
			if !IsCorrupt(err) || !strings.Contains(Remedy(err), "from a copy") {
				t.Errorf("open for writing: %v, remedy %q", err, Remedy(err))
			}
			if after, _ := os.ReadFile(path); string(before) != string(after) {
				t.Error("opening a damaged database changed it")
			}
			if _, err := Read(path, sound); !IsCorrupt(err) && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("open for reading: %v", err)
			}
		})
	}
}

func TestMeta(t *testing.T) {
	db := made(t, filepath.Join(t.TempDir(), "notes.db"), options())
	if owner, err := Meta(db, "owner"); err != nil || owner != "me" {
		t.Errorf("owner is %q, %v", owner, err)
	}
	exec(t, db, `ALTER TABLE meta RENAME COLUMN name TO key`)
	if err := CheckVersion(db, 3); err != nil {
		t.Errorf("with other names of the columns: %v", err)
	}
	if err := CheckVersion(db, 4); err == nil || IsCorrupt(err) || !strings.Contains(err.Error(), "release") {
		t.Errorf("another version: %v, want an error that is not corruption", err)
	}
	exec(t, db, `DELETE FROM meta`)
	if err := CheckVersion(db, 3); !IsCorrupt(err) || !strings.Contains(err.Error(), "schema") {
		t.Errorf("no version: %v", err)
	}
	exec(t, db, `DROP TABLE meta`)
	if err := CheckVersion(db, 3); !IsCorrupt(err) {
		t.Errorf("no table: %v", err)
	}
}

// Root may write anywhere; then the second way is the one of TestOddPaths alone.
func TestReadOnlyFolder(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write anywhere")
	}
	dir := t.TempDir()
	path := closed(t, dir)
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o700)
	db, err := Read(path, sound)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if _, _, err := Open(filepath.Join(dir, "other", "x.db"), options()); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("open where nothing may be made: %v", err)
	}
}

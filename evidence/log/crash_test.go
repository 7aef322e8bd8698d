package log

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/assaynet/assay/evidence"
)

const (
	childFolder = "ASSAY_LOG_TEST_FOLDER"
	childStep   = "ASSAY_LOG_TEST_STEP"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		child(dir, os.Getenv(childStep))
		return
	}
	os.Exit(m.Run())
}

// child appends entries, says so after each, and kills itself at the n-th step
// ("n"), or holds the folder until its standard input ends ("hold").
func child(dir, when string) {
	steps := 0
	l, err := Open(dir, func(o *options) {
		o.step = func(name string) {
			if fmt.Sprint(steps) == when {
				fmt.Println("killed at", name)
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
			steps++
		}
	})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if when == "hold" {
		fmt.Println("holding")
		_, _ = bufio.NewReader(os.Stdin).ReadByte()
		return
	}
	for i := int(l.Head().Seq); ; i++ {
		if _, err := l.Append(body(i)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("appended", i+1)
	}
}

func command(t *testing.T, dir, step string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childFolder+"="+dir, childStep+"="+step)
	return cmd
}

// Each process is killed one step later than the one before it: before the
// insert, after it, after the commit, after the note of the head, and so on. What
// was acknowledged is always there, and the record goes on from it.
func TestKilledAtEachStep(t *testing.T) {
	dir := t.TempDir()
	acknowledged := uint64(0)
	for step := range 12 {
		out, err := command(t, dir, fmt.Sprint(step)).Output()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("step %d: the child was not killed: %v\n%s", step, err, out)
		}
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		name := strings.TrimPrefix(lines[len(lines)-1], "killed at ")
		for _, line := range lines {
			var n uint64
			if _, err := fmt.Sscanf(line, "appended %d", &n); err == nil {
				acknowledged = n
			}
		}
		l, err := Open(dir)
		if err != nil {
			t.Fatalf("step %d (%s): %v", step, name, err)
		}
		want := acknowledged
		if name == "committed" || name == "noted" {
			want++ // durable, only nobody was told
		}
		heads, err := read(l, 1)
		if err != nil || l.Head().Seq != want || uint64(len(heads)) != want {
			t.Fatalf("step %d (%s): %d entries, head %d, %v; want %d", step, name, len(heads), l.Head().Seq, err, want)
		}
		acknowledged = want
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLockedByAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	cmd := command(t, dir, "hold")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "holding\n" {
		t.Fatalf("child says %q, %v", line, err)
	}
	if _, err := Open(dir); !errors.Is(err, ErrLocked) {
		t.Errorf("opening a folder that another process holds: %v", err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
}

// A crash while the record is made leaves nothing that looks like one.
func TestUnfinishedCreation(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".new", ".new-wal", ".new-journal"} {
		if err := os.WriteFile(filepath.Join(dir, databaseName+name), []byte("torn"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fill(t, open(t, dir), 0, 2)
}

// A torn note of the head says nothing; one ahead of the record says that the
// record lost entries, such as those of a write-ahead log whose middle rotted.
func TestHeadNote(t *testing.T) {
	dir, heads := closedRecord(t, 3)
	path := filepath.Join(dir, headName)
	if err := os.WriteFile(path, []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := open(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if h, ok, err := readHead(f); err != nil || !ok || h != heads[3] {
		t.Fatalf("note after reopening is %v, %v, %v", h, ok, err)
	}
	if err := writeHead(f, evidence.Head{Seq: 4, Hash: heads[3].Hash}); err != nil {
		t.Fatal(err)
	}
	var bad *CorruptError
	if _, err := Open(dir); !errors.As(err, &bad) || bad.Seq != 4 {
		t.Errorf("a note ahead of the record: %v", err)
	}
	l, err := OpenReadOnly(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.CheckEnd(); !errors.As(err, &bad) || bad.Seq != 4 || !strings.Contains(err.Error(), "ends at entry 3") {
		t.Errorf("a reader of a record that ends before its note: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := l.CheckEnd(); err != nil {
		t.Errorf("a record without a note: %v", err)
	}
}

// A flipped byte in the write-ahead log makes SQLite end the log there, without
// a word. The note of the head does say it.
func TestRottenWriteAheadLog(t *testing.T) {
	source := t.TempDir()
	l := open(t, source)
	fill(t, l, 0, 9)
	dir := t.TempDir() // as a power cut leaves it: the log not yet folded in
	for _, name := range []string{databaseName, databaseName + "-wal", headName} {
		b, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "-wal") {
			b[len(b)/2] ^= 1
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var bad *CorruptError
	if _, err := Open(dir); !errors.As(err, &bad) || bad.Seq != 9 {
		t.Errorf("a rotten write-ahead log: %v", err)
	}
}

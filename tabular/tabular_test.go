package tabular

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// rows reads a whole file, each row with its line.
func rows(text string, required, optional []string) ([]string, error) {
	r, err := NewReader(strings.NewReader(text), "f.csv", required, optional)
	if err != nil {
		return nil, err
	}
	var out []string
	for {
		row, err := r.Next()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		out = append(out, fmt.Sprintf("%d:%s", r.Line(), strings.Join(row, "|")))
	}
}

func TestReader(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"any order, others ignored", "x,worker,task,label\n0,w,t,l\n0,w2,t2,l2\n", "2:t|w|l| 3:t2|w2|l2|"},
		{"an optional column", "task,worker,label,rater\nt,w,l,r\n", "2:t|w|l|r"},
		{"a byte order mark, CRLF, no last end of line, spaces and capitals in the header", "\ufeffTask, worker ,LABEL\r\na,b,c", "2:a|b|c|"},
		{"quotes, a line within a field", "task,worker,label\n\"a\nb\",\"c\"\"d\",e\nf,g,h\n", "2:a\nb|c\"d|e| 4:f|g|h|"},
		{"empty lines", "task,worker,label\n\na,b,c\n\n", "3:a|b|c|"},
		{"a header alone", "task,worker,label\n", ""},
	} {
		got, err := rows(c.text, []string{"task", "worker", "label"}, []string{"rater"})
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, strings.Join(got, " "), err, c.want)
		}
	}
}

func TestReaderRefuses(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "f.csv: it is empty, want a header with the columns task, label"},
		{"no such column", "task,answer\na,b\n", `f.csv: line 1: there is no column "label" among "task", "answer"; the first line must name the columns task, label`},
		{"twice", "task,label,task\n", `f.csv: line 1: the column "task" stands there twice`},
		{"semicolons", "task;label\na;b\n", "it seems to be separated by semicolons, want commas"},
		{"ragged", "task,label\na,b\nc\n", "f.csv: line 3: it does not have as many fields as the header"},
		{"an empty cell", "task,label\na,\n", `f.csv: line 2: column "label" is empty`},
		{"not UTF-8", "task,label\na,b\n\xff,c\n", `f.csv: line 3: column "task" is not valid UTF-8: "\xff"`},
		{"a bare quote", "task,label\na\"b,c\n", "f.csv: line 2: a quote stands inside a field"},
		{"an open quote", "task,label\n\"a,b\n", "f.csv: line 2: a quoted field is not closed"},
		{"a long row", "task,label\na,b\n" + strings.Repeat("x", MaxRow+1), fmt.Sprintf("f.csv: line 3: the row is longer than %d bytes", MaxRow)},
		{"an open quote in a long file", "task,label\n\"" + strings.Repeat("x\n", MaxRow), "or a quote is not closed"},
		{"a long header", strings.Repeat("y", MaxRow+1), "f.csv: line 1: the row is longer"},
	} {
		if _, err := rows(c.text, []string{"task", "label"}, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		} else if !as[*Error](err) {
			t.Errorf("%s: %T is no *Error", c.name, err)
		}
	}
}

func as[E error](err error) bool { _, ok := errors.AsType[E](err); return ok }

// failing gives some bytes and then an error that is not the file's.
type failing struct{ text string }

func (f *failing) Read(p []byte) (int, error) {
	n := copy(p, f.text)
	if f.text = f.text[n:]; n == 0 {
		return 0, io.ErrClosedPipe
	}
	return n, nil
}

func TestAFailingDisk(t *testing.T) {
	r, err := NewReader(&failing{"task,label\na,b\n"}, "f.csv", []string{"task"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = r.Next(); err == nil {
		_, err = r.Next()
	}
	if !errors.Is(err, io.ErrClosedPipe) || as[*Error](err) {
		t.Errorf("got %v", err)
	}
	l := NewLines(&failing{"a\nb"}, "f.txt", 10)
	if line, err := l.Next(); err != nil || string(line) != "a" {
		t.Errorf("%q, %v", line, err)
	}
	if _, err := l.Next(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}

func TestLines(t *testing.T) {
	l := NewLines(strings.NewReader("\ufeffone\r\n\nthree\n"+strings.Repeat("4", 8)+"\n\xfe\nlong long line\nseven"), "f.txt", 8)
	for i, want := range []string{"one", "", "three", "44444444", "f.txt: line 5: it is not valid UTF-8", "f.txt: line 6: it is longer than 8 bytes", "seven", "EOF"} {
		line, err := l.Next()
		got := string(line)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("line %d: %q, want %q", i+1, got, want)
		}
	}
	long := NewLines(io.LimitReader(endless{}, 1<<30), "f.txt", 1<<10)
	if _, err := long.Next(); err == nil || cap(long.buf) > 1<<18 {
		t.Errorf("%v, and %d bytes were kept", err, cap(long.buf))
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.StringN(0, 3, 6)).Draw(t, "words")
		var n Names
		for _, w := range words {
			k, err := n.Number(w)
			if err != nil || n.Name(k) != w {
				t.Fatalf("%q has number %d, which is %q (%v)", w, k, n.Name(k), err)
			}
			if again, ok := n.Find(w); !ok || again != k {
				t.Fatalf("%q has numbers %d and %d", w, k, again)
			}
		}
		if n.Len() > len(words) {
			t.Fatal("more names than words")
		}
	})
	n := Names{bytes: maxNameBytes}
	if _, err := n.Number("x"); err == nil {
		t.Error("names without end")
	}
}

// Whatever the bytes are, a reader gives rows of the asked shape or an *Error.
func FuzzReader(f *testing.F) {
	for _, s := range []string{"task,label\na,b\n", "\ufefftask,label\r\n\"a\n\",b", "task;label", "task,label\n\"", "task,task"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := NewReader(strings.NewReader(text), "f", []string{"task", "label"}, []string{"rater"})
		for err == nil {
			var row []string
			if row, err = r.Next(); err == nil && (len(row) != 3 || row[0] == "" || row[1] == "" || r.Line() < 2) {
				t.Fatalf("row %q at line %d", row, r.Line())
			}
		}
		if err != io.EOF && !as[*Error](err) {
			t.Fatalf("%T: %v", err, err)
		}
	})
}

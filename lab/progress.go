package lab

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
)

// Bounds of the file of progress.
const (
	maxProgressLine  = 64 << 10
	maxProgressBytes = 1 << 28
	maxJobs          = 1 << 18
)

// job is one run of one point.
type job struct{ point, run int }

// finished is a job that was measured.
type finished struct {
	Point    int               `json:"point"`
	Run      int               `json:"run"`
	At       map[string]string `json:"at"` // the values of the parameters
	Measures map[string][3]string
}

// progress is what a study has measured so far, one line for each job, in the order in
// which they ended: a CRC-32C in hexadecimal, a space, and JSON whose numbers are texts,
// as JSON knows no NaN. A line is durable before the job counts; a line at the end that a
// crash tore is cut off.
type progress struct {
	mu   sync.Mutex
	disk disk
	file *os.File
	size int64
	done map[job]finished
}

func checksum(text string) string {
	return fmt.Sprintf("%08x", crc32.Checksum([]byte(text), crc32.MakeTable(crc32.Castagnoli)))
}

// openProgress reads what a folder's study has measured, and goes on with it.
func openProgress(f *Folder) (*progress, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.writable(); err != nil {
		return nil, err
	}
	path := f.disk.path(progressFile)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	p := &progress{disk: f.disk, file: file, done: map[job]finished{}}
	if err := p.read(path); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if err := errors.Join(file.Truncate(p.size), f.disk.sync()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return p, nil
}

// read takes in all whole lines and notes where they end.
func (p *progress) read(path string) error {
	in := bufio.NewReaderSize(p.file, maxProgressLine)
	torn := 0 // the line that is not whole
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return nil // what stands behind the last line's end is cut off
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		d, whole := readFinished(string(line))
		switch {
		case !whole && torn == 0:
			torn = n
		case whole && torn > 0:
			return fmt.Errorf("%s: line %d was changed; remove the file to measure all points again", path, torn)
		case whole:
			p.done[job{d.Point, d.Run}] = d
			if p.size += int64(len(line)); p.size > maxProgressBytes || len(p.done) > maxJobs {
				return fmt.Errorf("%s: more than %d bytes or %d lines, no study writes that; remove the file to measure all points again", path, maxProgressBytes, maxJobs)
			}
		}
	}
}

func readFinished(line string) (finished, bool) {
	var d finished
	sum, text, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
	if !ok || sum != checksum(text) || json.Unmarshal([]byte(text), &d) != nil {
		return d, false
	}
	return d, true
}

// measures of a job, if it was measured. The error says that it was another point's.
func (p *progress) measures(j job, at Point) (Measures, bool, error) {
	p.mu.Lock()
	d, ok := p.done[j]
	p.mu.Unlock()
	if !ok {
		return nil, false, nil
	}
	for name, x := range at {
		if d.At[name] != exact(x) {
			return nil, false, fmt.Errorf("%s: point %d is another one there, with %s %.40s, not %s; remove the file to measure all points again",
				p.disk.path(progressFile), j.point, name, d.At[name], exact(x))
		}
	}
	out := Measures{}
	for name, texts := range d.Measures {
		var x [3]float64
		for i, text := range texts {
			var err error
			if x[i], err = strconv.ParseFloat(text, 64); err != nil {
				return nil, false, fmt.Errorf("%s: point %d: %.40q is no number", p.disk.path(progressFile), j.point, text)
			}
		}
		out[name] = Interval{x[0], x[1], x[2]}
	}
	return out, true, nil
}

func exact(x float64) string {
	if math.IsNaN(x) {
		return "NaN" // whatever its bits
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// add makes a job that was measured durable.
func (p *progress) add(j job, at Point, m Measures) error {
	d := finished{j.point, j.run, map[string]string{}, map[string][3]string{}}
	for name, x := range at {
		d.At[name] = exact(x)
	}
	for name, i := range m {
		d.Measures[name] = [3]string{exact(i.Value), exact(i.Lower), exact(i.Upper)}
	}
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	line := checksum(string(text)) + " " + string(text) + "\n"
	if len(line) > maxProgressLine {
		return fmt.Errorf("the measures of point %d take %d bytes, at most %d are allowed", j.point, len(line), maxProgressLine)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.size+int64(len(line)) > maxProgressBytes {
		return fmt.Errorf("%s would have more than %d bytes: study fewer points, runs or measures", p.disk.path(progressFile), maxProgressBytes)
	}
	if err := p.write(line); err != nil {
		return advise(errors.Join(fmt.Errorf("keep point %d: %w", j.point, err), p.file.Truncate(p.size)))
	}
	p.size += int64(len(line))
	p.done[j] = d
	return nil
}

func (p *progress) write(line string) error {
	if err := p.disk.step("append", progressFile); err != nil {
		return err
	}
	if _, err := p.file.WriteAt([]byte(line), p.size); err != nil {
		return err
	}
	if err := p.disk.step("sync", progressFile); err != nil {
		return err
	}
	return p.file.Sync()
}

func (p *progress) close() error { return p.file.Close() }

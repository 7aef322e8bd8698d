package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/assaynet/assay/scoring/duplicate"
	"github.com/assaynet/assay/tabular"
)

// signedTexts are the texts of a file that are not empty, in the order of their lines.
type signedTexts struct {
	lines int      // of the file
	line  []int    // of each text, from 1
	text  [][]byte // canonical
	keys  []uint64 // of all bands of the first text, of the second, …
	print []duplicate.Fingerprint
}

// textReader reads texts and signs them on several cores.
type textReader struct {
	in     io.Reader
	name   string
	field  string // "" for text lines
	signer *duplicate.Signer
	bands  int // of the signer
	limits dupesLimits
	cores  int
}

// textBatch is some lines of the file as they are, then what became of them.
type textBatch struct {
	first  int // the number of the first line
	raw    []byte
	ends   []int // of the lines in raw
	signed signedTexts
	err    error
	done   chan struct{}
}

const textBatchBytes = 256 << 10

func newTextBatch(first int) *textBatch {
	return &textBatch{first: first, raw: make([]byte, 0, textBatchBytes+textBatchBytes/16), done: make(chan struct{})}
}

// readTexts reads all texts. Batches are signed in parallel and put together in their
// order, so the first mistake of the file is the one that is told. Interrupted, it does
// not wait for input that may never come.
func readTexts(ctx context.Context, r *textReader) (*signedTexts, error) {
	return orStopped(ctx, func() (*signedTexts, error) { return r.read(ctx) })
}

func (r *textReader) read(ctx context.Context) (*signedTexts, error) {
	group, ctx := errgroup.WithContext(ctx)
	work := make(chan *textBatch)
	order := make(chan *textBatch, 2*r.cores)
	group.Go(func() error {
		defer close(work)
		defer close(order)
		return r.cut(ctx, work, order)
	})
	for range r.cores {
		group.Go(func() error {
			var signing scratch
			for b := range work {
				r.sign(b, &signing)
				close(b.done)
			}
			return nil
		})
	}
	all := new(signedTexts)
	group.Go(func() error { return r.gather(ctx, all, order) })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return all, nil
}

// cut gives the lines out in batches. A mistake in a line travels with its batch, behind
// the lines before it.
func (r *textReader) cut(ctx context.Context, work, order chan<- *textBatch) error {
	lines := tabular.NewLines(r.in, r.name, r.limits.line)
	give := func(b *textBatch) error {
		for _, to := range []chan<- *textBatch{order, work} {
			select {
			case to <- b:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	}
	b := newTextBatch(1)
	for {
		line, err := lines.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				b.err = err
			}
			return give(b)
		}
		b.raw = append(b.raw, line...)
		b.ends = append(b.ends, len(b.raw))
		if len(b.raw) >= textBatchBytes || len(b.ends) >= 4096 {
			if err := give(b); err != nil {
				return err
			}
			b = newTextBatch(b.first + len(b.ends))
		}
	}
}

// scratch is what one core needs to sign texts.
type scratch struct {
	set       duplicate.Set
	signature []uint64
}

// sign makes the texts of a batch canonical and signs them.
func (r *textReader) sign(b *textBatch, own *scratch) {
	out := &b.signed
	out.lines = len(b.ends)
	// Text lines hardly shrink; of JSON lines the text may be a small part.
	var arena []byte
	if r.field == "" {
		arena = make([]byte, 0, len(b.raw)+1)
	}
	out.keys = make([]uint64, 0, r.bands*len(b.ends))
	ends := make([]int, 0, len(b.ends))
	start := 0
	for i, end := range b.ends {
		raw, from := b.raw[start:end], len(arena)
		start = end
		text, err := r.text(raw)
		if err == nil {
			arena, err = duplicate.Canonical(arena, text)
		}
		if err != nil {
			b.err = &tabular.Error{File: r.name, Line: b.first + i, What: err.Error()}
			break
		}
		if len(arena) == from {
			continue
		}
		r.signer.Shingle(&own.set, arena[from:])
		own.signature = r.signer.Sign(own.signature[:0], &own.set)
		out.keys = r.signer.Keys(out.keys, own.signature)
		out.print = append(out.print, own.set.Fingerprint())
		out.line = append(out.line, b.first+i)
		ends = append(ends, len(arena))
	}
	b.raw = nil
	if cap(arena) > 2*len(arena) {
		arena = bytes.Clone(arena)
	}
	from := 0
	for _, end := range ends {
		out.text = append(out.text, arena[from:end:end])
		from = end
	}
}

// text is the text of a line. A blank line has none.
func (r *textReader) text(line []byte) ([]byte, error) {
	if r.field == "" {
		return line, nil
	}
	if len(bytes.TrimSpace(line)) == 0 {
		return nil, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		if as[*json.UnmarshalTypeError](err) {
			return nil, errors.New("it is not a JSON object")
		}
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	if fields == nil {
		return nil, errors.New("it is not a JSON object")
	}
	value, ok := fields[r.field]
	switch {
	case len(fields) == 0:
		return nil, fmt.Errorf("the object has no field %q, it is empty", r.field)
	case !ok:
		return nil, fmt.Errorf("the object has no field %q, its fields are: %s", r.field, aFew(slices.Sorted(maps.Keys(fields))))
	}
	var text *string
	if err := json.Unmarshal(value, &text); err != nil || text == nil {
		return nil, fmt.Errorf("the field %q is %s, want a string", r.field, abridged(string(value)))
	}
	return []byte(*text), nil
}

// gather puts the batches together in their order.
func (r *textReader) gather(ctx context.Context, all *signedTexts, order <-chan *textBatch) error {
	size := 0
	for b := range order {
		select {
		case <-b.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		for i, text := range b.signed.text {
			size += len(text)
			if len(all.text)+i >= r.limits.texts {
				return &tabular.Error{File: r.name, Line: b.signed.line[i], What: fmt.Sprintf("there are more than %d texts; split the file", r.limits.texts)}
			}
			if size > r.limits.bytes {
				return &tabular.Error{File: r.name, Line: b.signed.line[i], What: fmt.Sprintf("the texts have more than %d bytes together; split the file", r.limits.bytes)}
			}
		}
		if b.err != nil {
			return b.err
		}
		all.lines += b.signed.lines
		all.line = append(all.line, b.signed.line...)
		all.text = append(all.text, b.signed.text...)
		all.keys = append(all.keys, b.signed.keys...)
		all.print = append(all.print, b.signed.print...)
	}
	return nil
}

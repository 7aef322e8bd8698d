package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

func TestOrStopped(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	wrong := errors.New("wrong")
	if got, err := orStopped(ctx, func() (int, error) { return 7, wrong }); got != 7 || err != wrong {
		t.Errorf("%d, %v", got, err)
	}
	begun, forever := make(chan bool), make(chan bool)
	defer close(forever)
	go func() { <-begun; cancel(errInterrupted) }()
	if got, err := orStopped(ctx, func() (int, error) { begun <- true; <-forever; return 7, nil }); got != 0 || err != errInterrupted {
		t.Errorf("a job without end: %d, %v", got, err)
	}
	if _, err := orStopped(ctx, func() (int, error) { t.Error("begun"); return 0, nil }); err != errInterrupted {
		t.Errorf("%v", err)
	}
}

// A stoppable input has the bytes of its input, in any pieces.
func TestStoppable(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789"), 30_000)
	if err := iotest.TestReader(&stoppable{ctx: t.Context(), in: bytes.NewReader(want)}, want); err != nil {
		t.Error(err)
	}
	got, err := io.ReadAll(&stoppable{ctx: t.Context(), in: iotest.DataErrReader(iotest.HalfReader(bytes.NewReader(want)))})
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	in, typing := io.Pipe()
	defer typing.Close()
	s := &stoppable{ctx: ctx, in: in}
	cancel(errInterrupted)
	if n, err := s.Read(make([]byte, 10)); n != 0 || err != errInterrupted {
		t.Errorf("%d, %v", n, err)
	}
}

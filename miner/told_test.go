package miner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/assaynet/assay/source"
)

// A pass is told in one line when it brought something, and not otherwise.
func TestPassInTheLog(t *testing.T) {
	cfg := config(t)
	outside := record(3)
	outside.Label = "nowhere"
	cfg.Feeds = []Feed{{Name: "posts", Source: sourceOf{record(0), record(1), record(1), outside}}}
	w := open(t, cfg)
	var out bytes.Buffer
	w.log = slog.New(slog.NewTextHandler(&out, nil))
	c := w.collectors[0]
	for _, want := range []string{`new=2 known=1 items=2 refused="outside=1"`, "new=0 known=3 items=2", ""} {
		if want == "" {
			c.feed.Source = sourceOf{}
		}
		out.Reset()
		if err := c.pass(context.Background()); err != nil {
			t.Fatal(err)
		}
		c.tell()
		text := out.String()
		if want == "" && text != "" || !strings.Contains(text, want) || strings.Count(text, "\n") > 1 {
			t.Errorf("the log is %q, want %q", text, want)
		}
	}
}

// sourceOf is a source that emits the same records at each pass.
type sourceOf []source.Record

func (s sourceOf) Collect(_ context.Context, _ []byte, emit func(source.Record) error) ([]byte, error) {
	for _, r := range s {
		if err := emit(r); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func TestHealth(t *testing.T) {
	h := health{failing: map[string]error{}}
	full := errors.New("the disk is full")
	h.wrote("items", full)
	h.wrote("heard", nil) // a small write may still have room
	if h.reason() != full.Error() {
		t.Errorf("reason %q, want %q", h.reason(), full)
	}
	h.wrote("items", nil)
	if h.reason() != "" {
		t.Errorf("reason %q after the write worked", h.reason())
	}
	h.wrote("root", fmt.Errorf("bad page: %w", ErrCorrupt))
	h.wrote("root", nil)
	if !strings.Contains(h.reason(), "bad page") {
		t.Errorf("reason %q, want that of the corrupt store", h.reason())
	}
}

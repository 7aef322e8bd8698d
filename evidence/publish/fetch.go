package publish

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/assaynet/assay/evidence"
	record "github.com/assaynet/assay/evidence/log"
)

// Limits of fetching.
const (
	headLimit = 16 << 10
	// maxRecordBytes bounds what one Fetch writes.
	maxRecordBytes = 64 << 30
	requestTime    = 2 * time.Minute
	maxTries       = 8
)

// ErrContradicts is a published record that is not the continuation of the one in
// the folder: one of the two was written anew.
var ErrContradicts = errors.New("the published record contradicts the one in the folder; keep both, they prove that the validator wrote two")

// ErrNothing is a record of which nothing is published yet.
var ErrNothing = errors.New("nothing of the record is published yet")

// ErrAddress is an address that cannot be that of a published record.
var ErrAddress = errors.New("not the address of a record, want http://host:port")

// ErrNoRecord is a server that publishes something else than a record, or nothing.
var ErrNoRecord = errors.New("this is not a validator's published record")

// Result is what Fetch did.
type Result struct {
	Head    Head
	Fetched uint64 // entries that were new
}

// Fetch brings the record in a folder up to what is published at an address,
// http://host:port. What is there stays and is gone on from; every entry is decoded
// strictly and tied to its predecessor before it is written, a page at once, so that
// an interrupted Fetch goes on where it stopped. The folder is a record like a
// validator's own, with a note beside it of what is withheld (ReadNote).
func Fetch(ctx context.Context, address, dir string) (Result, error) {
	f, err := newFetcher(address)
	if err != nil {
		return Result{}, fmt.Errorf("fetch record: %w", err)
	}
	r, err := f.run(ctx, dir)
	if err != nil {
		return r, fmt.Errorf("fetch record from %s: %w", address, err)
	}
	return r, nil
}

type fetcher struct {
	base   *url.URL
	client *http.Client
}

func newFetcher(address string) (*fetcher, error) {
	base, err := url.Parse(address)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("%q: %w", address, ErrAddress)
	}
	return &fetcher{base: base, client: &http.Client{
		Timeout:       requestTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return errElsewhere },
	}}, nil
}

func (f *fetcher) run(ctx context.Context, dir string) (Result, error) {
	var r Result
	raw, err := f.get(ctx, headPath, nil, headLimit)
	if err != nil {
		return r, foreign(err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&r.Head); err != nil {
		return r, fmt.Errorf("%w: its head cannot be read", ErrNoRecord) // what was sent may be a page of HTML
	}
	if r.Head.Seq > math.MaxInt64 {
		return r, fmt.Errorf("read head: entry %d is beyond what a record holds", r.Head.Seq)
	}
	if r.Head.Seq == 0 {
		return r, fmt.Errorf("%w: %d entries are withheld until a vote is revealed", ErrNothing, r.Head.Withheld)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return r, err
	}
	l, err := record.Open(dir)
	if err != nil {
		return r, err
	}
	defer l.Close()
	before := l.Head().Seq
	err = f.follow(ctx, l, r.Head)
	r.Fetched = l.Head().Seq - before
	if err != nil {
		return r, err
	}
	return r, writeNote(dir, Note{Address: f.base.String(), Head: r.Head})
}

// foreign tells the failures to read a head that only a server of something else has
// from those that pass.
func foreign(err error) error {
	s, answered := errors.AsType[*statusError](err)
	switch {
	case answered && s.code < http.StatusInternalServerError && s.code != http.StatusTooManyRequests:
		return fmt.Errorf("%w: %w", ErrNoRecord, err)
	case errors.Is(err, io.EOF), strings.Contains(err.Error(), "malformed HTTP"): // no HTTP is spoken there
		return fmt.Errorf("%w: %w", ErrNoRecord, err)
	case errors.Is(err, errTooLong), errors.Is(err, errElsewhere):
		return fmt.Errorf("%w: %w", ErrNoRecord, err)
	}
	return err
}

// statusError is an answer other than 200. Its text is left out unless it is plain,
// as a validator's are.
type statusError struct {
	path, status, text string
	code               int
}

func (e *statusError) Error() string {
	if e.text == "" {
		return e.path + ": " + e.status
	}
	return fmt.Sprintf("%s: %s: %q", e.path, e.status, e.text)
}

var (
	errTooLong   = errors.New("it is too long")
	errElsewhere = errors.New("it leads to another address")
)

// follow appends page after page until the record holds the published head.
func (f *fetcher) follow(ctx context.Context, l *record.Log, to Head) error {
	if l.Head().Seq > 0 {
		if err := ownRecord(l, to); err != nil {
			return err
		}
	}
	var total, pages uint64
	first := l.Head().Seq
	for l.Head().Seq < to.Seq {
		after := l.Head()
		page, err := f.get(ctx, entriesPath, url.Values{"from": {strconv.FormatUint(after.Seq+1, 10)}}, pageLimit)
		if err != nil {
			return err
		}
		bodies, head, err := openPage(page, after)
		switch {
		case errors.Is(err, errContradicts):
			return fmt.Errorf("entry %d: %w", after.Seq+1, ErrContradicts)
		case err != nil:
			return err
		}
		if head.Seq > to.Seq { // it grew meanwhile
			bodies = bodies[:to.Seq-after.Seq]
		}
		if after.Seq == 0 && !begins(bodies[0], to) {
			return errors.New("it does not begin as the record of the validator, subnet and chain that its head names")
		}
		if total += uint64(len(page)); total > maxRecordBytes {
			return fmt.Errorf("it is longer than %d bytes; run the same command again to go on", uint64(maxRecordBytes))
		}
		if pages++; pages > pagesFor(l.Head().Seq+uint64(len(bodies))-first, total) {
			return fmt.Errorf("it comes in pages that are too short: %d for %d entries of %d bytes", pages, l.Head().Seq+uint64(len(bodies))-first, total)
		}
		if _, err := l.AppendAll(bodies...); err != nil {
			return err
		}
	}
	var bad *record.CorruptError
	if err := l.Holds(evidence.Head{Seq: to.Seq, Hash: to.Hash}.Anchor()); errors.As(err, &bad) {
		return fmt.Errorf("entry %d: %w", to.Seq, ErrContradicts)
	} else if err != nil {
		return err
	}
	return nil
}

// pagesFor is in how many pages an honest server sends so much: all but the last are
// as long as they may be, so that two neighbours have more than MaxPageBytes, or one
// MaxPageEntries.
func pagesFor(entries, size uint64) uint64 {
	return 2 + entries/MaxPageEntries + 2*size/MaxPageBytes
}

// ownRecord demands that a record that is there is of the same validator.
func ownRecord(l *record.Log, to Head) error {
	for e, err := range l.Entries(1) {
		if err != nil {
			return err
		}
		if !begins(e.Body, to) {
			return errors.New("the folder holds another record: choose an empty one")
		}
		break
	}
	return nil
}

func begins(body evidence.Body, h Head) bool {
	s, ok := body.(*evidence.Started)
	return ok && s.Validator == h.Validator && s.Netuid == h.Netuid && s.Genesis == h.Genesis
}

// get asks for one path, and again a bounded number of times when the server says
// later.
func (f *fetcher) get(ctx context.Context, path string, query url.Values, limit int64) ([]byte, error) {
	for try := 1; ; try++ {
		body, again, err := f.once(ctx, path, query, limit)
		if err == nil || !again || try == maxTries {
			return body, err
		}
		timer := time.NewTimer(time.Duration(try) * time.Second)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		case <-timer.C:
		}
	}
}

func (f *fetcher) once(ctx context.Context, path string, query url.Values, limit int64) (body []byte, again bool, err error) {
	u := f.base.JoinPath(path)
	u.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, false, err
	}
	res, err := f.client.Do(req)
	if err != nil {
		return nil, false, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		var text []byte
		if strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain") {
			text, _ = io.ReadAll(io.LimitReader(res.Body, 200))
		}
		again = res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusServiceUnavailable
		return nil, again, &statusError{path, res.Status, string(bytes.TrimSpace(text)), res.StatusCode}
	}
	body, err = io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err == nil && int64(len(body)) > limit {
		err = fmt.Errorf("%s: %w: more than %d bytes", path, errTooLong, limit)
	}
	return body, false, err
}

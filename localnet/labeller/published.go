package labeller

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/assaynet/assay/evidence"
)

// Limits of a page of a published record; see package evidence/publish for its form.
const (
	pageHead    = 8 + 32 // the first entry's number, and the digest before it
	entryHead   = 1 + 4  // kind and length
	maxPage     = pageHead + entryHead + evidence.MaxEntryBytes
	pagesAtOnce = 16 // in one look at a record
)

// reading is how far one validator's published record was read.
type reading struct {
	entries *url.URL
	next    uint64
}

func newReading(address string) (*reading, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("address of a record %q: want http://host:port", address)
	}
	return &reading{entries: u.JoinPath("/evidence/v1/entries"), next: 1}, nil
}

// look reads what was published since the last look and tells of each entry. The chain
// of digests is not checked: who copies does not care who is right.
func (r *reading) look(ctx context.Context, client *http.Client, found func(evidence.Body)) error {
	for range pagesAtOnce {
		page, err := r.page(ctx, client)
		if err != nil || page == nil {
			return err
		}
		if err := r.open(page, found); err != nil {
			return err
		}
	}
	return nil
}

// page gets the next page, nil where nothing more is shown.
func (r *reading) page(ctx context.Context, client *http.Client) ([]byte, error) {
	u := *r.entries
	u.RawQuery = "from=" + strconv.FormatUint(r.next, 10)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return nil, nil
	default:
		return nil, fmt.Errorf("%s: status %d", u.Redacted(), res.StatusCode)
	}
	page, err := io.ReadAll(io.LimitReader(res.Body, maxPage+1))
	if err == nil && len(page) > maxPage {
		err = fmt.Errorf("%s: a page of more than %d bytes", u.Redacted(), maxPage)
	}
	return page, err
}

// open reads the entries of a page. What was read before an error counts.
func (r *reading) open(page []byte, found func(evidence.Body)) error {
	if len(page) <= pageHead || binary.BigEndian.Uint64(page) != r.next {
		return fmt.Errorf("entry %d: the page does not begin with it", r.next)
	}
	for rest := page[pageHead:]; len(rest) > 0; r.next++ {
		if len(rest) < entryHead {
			return fmt.Errorf("entry %d: the page is torn", r.next)
		}
		kind, length := evidence.Kind(rest[0]), uint64(binary.BigEndian.Uint32(rest[1:]))
		if rest = rest[entryHead:]; length > uint64(len(rest)) {
			return fmt.Errorf("entry %d: the page is torn", r.next)
		}
		body, err := evidence.Decode(kind, rest[:length:length])
		if err != nil {
			return fmt.Errorf("entry %d: %w", r.next, err)
		}
		found(body)
		rest = rest[length:]
	}
	return nil
}

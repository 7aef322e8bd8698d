package source

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// kept is a body with what its server needs to say that it still holds.
type kept struct {
	tag, modified, kind string
	body                []byte
}

func (k kept) condition(h http.Header) {
	if k.tag != "" {
		h.Set("If-None-Match", k.tag)
	}
	if k.modified != "" {
		h.Set("If-Modified-Since", k.modified)
	}
}

func (c *Client) remembered(url string) (kept, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bodies.get(url)
}

func (c *Client) remember(p Page, h http.Header) {
	k := kept{tag: h.Get("ETag"), modified: h.Get("Last-Modified"), kind: p.Type, body: p.Body}
	if k.tag == "" && k.modified == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bodies.put(p.URL, k, len(p.URL)+len(k.tag)+len(k.modified)+len(k.kind)+len(k.body)+256)
}

// read takes the body under both caps. The time cap is the request's context.
func (c *Client) read(ctx context.Context, resp *http.Response) ([]byte, *fault) {
	if resp.ContentLength > c.cfg.MaxWire {
		return nil, fail(TooLarge, ReasonWire, fmt.Errorf("body of %d bytes, cap %d", resp.ContentLength, c.cfg.MaxWire))
	}
	wire, err := io.ReadAll(io.LimitReader(resp.Body, c.cfg.MaxWire+1))
	switch {
	case int64(len(wire)) > c.cfg.MaxWire:
		return nil, fail(TooLarge, ReasonWire, fmt.Errorf("body over %d bytes", c.cfg.MaxWire))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fail(Unavailable, ReasonTruncated, err)
	case err != nil:
		f := blame(ctx, err)
		if f.reason == ReasonConnect {
			f.reason = ReasonTruncated
		}
		return nil, f
	}
	switch enc := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))); enc {
	case "", "identity":
		if int64(len(wire)) > c.cfg.MaxUnpacked {
			return nil, fail(TooLarge, ReasonUnpacked, fmt.Errorf("body over %d bytes", c.cfg.MaxUnpacked))
		}
		return wire, nil
	case "gzip", "x-gzip":
		return c.gunzip(wire)
	default:
		return nil, fail(Malformed, ReasonEncoding, fmt.Errorf("content encoding %q was not asked for", enc))
	}
}

func (c *Client) gunzip(wire []byte) ([]byte, *fault) {
	z, err := gzip.NewReader(bytes.NewReader(wire))
	if err != nil {
		return nil, fail(Malformed, ReasonEncoding, err)
	}
	plain, err := io.ReadAll(io.LimitReader(z, c.cfg.MaxUnpacked+1))
	switch {
	case int64(len(plain)) > c.cfg.MaxUnpacked:
		return nil, fail(TooLarge, ReasonUnpacked, fmt.Errorf("body unpacks to over %d bytes", c.cfg.MaxUnpacked))
	case err != nil:
		return nil, fail(Malformed, ReasonEncoding, err)
	}
	return plain, nil
}

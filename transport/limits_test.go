package transport

import (
	"bytes"
	"compress/flate"
	"io"
	"testing"

	"github.com/assaynet/assay/protocol"
)

const unasked = "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n"

// deflated is a compressed message of n zero bytes.
func deflated(t *testing.T, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	if err := z.Flush(); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{0, 0, 0xff, 0xff})
}

// Each limit of what a peer may send is the setting's.
func TestDialerLimits(t *testing.T) {
	// Sends an answer of 10,000 bytes: whole, after 100 pings, in 100,000 empty
	// fragments, or compressed.
	whole := func(w *wire) {
		_ = w.frame(final|opBinary, make([]byte, 10_000))
		_, _ = io.Copy(io.Discard, w.r)
	}
	pinging := func(w *wire) {
		_, _ = w.Write(repeat(w.head(final|opPing, 0), 100))
		whole(w)
	}
	empty := func(w *wire) {
		_ = w.frame(opBinary, nil)
		_, _ = w.Write(repeat(w.head(opNext, 0), 100_000))
		_ = w.frame(final|opNext, make([]byte, 10_000))
		_, _ = io.Copy(io.Discard, w.r)
	}
	packed := deflated(t, 10_000)
	for _, c := range []struct {
		name   string
		cfg    DialerConfig
		header string
		send   func(*wire)
		want   protocol.Reason
	}{
		{"within", DialerConfig{MaxAnswer: 10_000}, "", whole, ""},
		{"too long", DialerConfig{MaxAnswer: 9_999}, "", whole, protocol.ReasonOversize},
		{"pings", DialerConfig{}, "", pinging, protocol.ReasonOversize},
		{"pings allowed", DialerConfig{MaxPings: 100}, "", pinging, ""},
		{"fragments", DialerConfig{MaxAnswer: 10_000}, "", empty, protocol.ReasonOversize},
		{"fragments allowed", DialerConfig{MaxAnswer: 10_000, Overhead: 1 << 20}, "", empty, ""},
		{"compressed", DialerConfig{}, unasked, func(w *wire) { _ = w.frame(final|rsv1|opBinary, packed); _, _ = io.Copy(io.Discard, w.r) }, protocol.ReasonGarbled},
		{"compressed, taken", DialerConfig{TakeExtensions: true}, unasked, func(w *wire) { _ = w.frame(final|rsv1|opBinary, packed); _, _ = io.Copy(io.Discard, w.r) }, ""},
		{"compressed, taken, inflates", DialerConfig{TakeExtensions: true, MaxAnswer: 9_999}, unasked, func(w *wire) { _ = w.frame(final|rsv1|opBinary, packed); _, _ = io.Copy(io.Discard, w.r) }, protocol.ReasonOversize},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			at := double(t, func(w *wire) {
				if w.handshake(c.header) {
					_, _, _ = w.next()
					c.send(w)
				}
			})
			answer, err := dialer(t, c.cfg).Ask(within(t, patience), at, []byte("request"))
			if c.want != "" {
				wantReason(t, err, c.want)
			} else if err != nil || len(answer) != 10_000 {
				t.Errorf("%d bytes, %v", len(answer), err)
			}
		})
	}
}

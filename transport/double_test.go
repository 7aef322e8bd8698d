package transport

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/assaynet/assay/protocol"
)

// patience is how long a test waits for what must happen; it is never waited out
// when all is well.
const patience = 10 * time.Second

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func addrOf(l net.Listener) netip.AddrPort { return l.Addr().(*net.TCPAddr).AddrPort() }

// running is a server under test.
type running struct {
	addr netip.AddrPort
	stop context.CancelFunc
	done chan error // Serve's result
}

func serve(t testing.TB, cfg ServerConfig, h Handler) *running {
	t.Helper()
	l := listen(t)
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{addr: addrOf(l), stop: cancel, done: make(chan error, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.done <- Serve(ctx, l, cfg, h)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return r
}

func echo(_ context.Context, _ netip.AddrPort, request []byte) ([]byte, error) {
	return append([]byte("echo "), request...), nil
}

func dialer(t testing.TB, cfg DialerConfig) *Dialer {
	t.Helper()
	cfg.AllowLoopback = true
	d := NewDialer(cfg)
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func wantReason(t testing.TB, err error, want protocol.Reason) {
	t.Helper()
	var f *protocol.Failure
	if !errors.As(err, &f) || f.Reason != want {
		t.Errorf("got error %v, want a failure with reason %s", err, want)
	}
}

// wire is a raw connection for doubles that do not keep to the protocol.
type wire struct {
	net.Conn
	r      *bufio.Reader
	masked bool // a client's frames are
}

// double serves each connection with its behaviour, until the test ends.
func double(t testing.TB, behave func(w *wire)) netip.AddrPort {
	t.Helper()
	l := listen(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
			all.Go(func() {
				defer c.Close()
				behave(&wire{Conn: c, r: bufio.NewReader(c)})
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for _, c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return addrOf(l)
}

// handshake answers a client's handshake, with extra header lines.
func (w *wire) handshake(extra string) bool {
	req, err := http.ReadRequest(w.r)
	if err != nil {
		return false
	}
	sum := sha1.Sum([]byte(req.Header.Get("Sec-Websocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	_, err = fmt.Fprintf(w, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n",
		base64.StdEncoding.EncodeToString(sum[:]), extra)
	return err == nil
}

// connect opens a raw client connection and shakes hands.
func connectRaw(t testing.TB, to netip.AddrPort) *wire {
	t.Helper()
	c, err := net.Dial("tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	w := &wire{Conn: c, r: bufio.NewReader(c), masked: true}
	fmt.Fprintf(w, "GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n", Path)
	resp, err := http.ReadResponse(w.r, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("handshake: %v, %v", resp, err)
	}
	if ext := resp.Header.Get("Sec-Websocket-Extensions"); ext != "" {
		t.Fatalf("server took up extension %q", ext)
	}
	return w
}

// Frame heads.
const (
	final    = 0x80
	rsv1     = 0x40
	opNext   = 0x0
	opText   = 0x1
	opBinary = 0x2
	opClose  = 0x8
	opPing   = 0x9
)

// head is a frame's head that claims a payload length; a client's has the zero
// mask, so payloads need no masking.
func (w *wire) head(first byte, length uint64) []byte {
	b := []byte{first, 0}
	switch {
	case length < 126:
		b[1] = byte(length)
	case length < 1<<16:
		b[1] = 126
		b = binary.BigEndian.AppendUint16(b, uint16(length))
	default:
		b[1] = 127
		b = binary.BigEndian.AppendUint64(b, length)
	}
	if w.masked {
		b[1] |= 0x80
		b = append(b, 0, 0, 0, 0)
	}
	return b
}

func (w *wire) frame(first byte, payload []byte) error {
	_, err := w.Write(append(w.head(first, uint64(len(payload))), payload...))
	return err
}

// next reads one frame.
func (w *wire) next() (first byte, payload []byte, err error) {
	var b [8]byte
	if _, err := io.ReadFull(w.r, b[:2]); err != nil {
		return 0, nil, err
	}
	first, masked, n := b[0], b[1]&0x80 != 0, uint64(b[1]&0x7f)
	switch n {
	case 126:
		_, err = io.ReadFull(w.r, b[:2])
		n = uint64(binary.BigEndian.Uint16(b[:2]))
	case 127:
		_, err = io.ReadFull(w.r, b[:8])
		n = binary.BigEndian.Uint64(b[:8])
	}
	var mask [4]byte
	if err == nil && masked {
		_, err = io.ReadFull(w.r, mask[:])
	}
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(w.r, payload)
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return first, payload, err
}

// message reads frames up to the end of a data message.
func (w *wire) message() ([]byte, error) {
	var all []byte
	for {
		first, payload, err := w.next()
		if err != nil {
			return nil, err
		}
		switch op := first & 0xf; {
		case op == opClose:
			return nil, errors.New("closed")
		case op >= opClose:
			continue
		}
		all = append(all, payload...)
		if first&final != 0 {
			return all, nil
		}
	}
}

// ending reads until the peer ends the connection, and returns the close frame's
// code and text, 0 if there was none.
func (w *wire) ending(t testing.TB) (code int, text string) {
	t.Helper()
	for {
		first, payload, err := w.next()
		if err != nil {
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				t.Fatal("the peer keeps the connection open")
			}
			return code, text
		}
		if first&0xf == opClose && len(payload) >= 2 {
			code, text = int(binary.BigEndian.Uint16(payload)), string(payload[2:])
		}
	}
}

// until repeats a write until the peer has closed the connection.
func (w *wire) until(b []byte) {
	for {
		if _, err := w.Write(b); err != nil {
			return
		}
	}
}

func repeat(b []byte, n int) []byte { return bytes.Repeat(b, n) }

// eventually polls a condition.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick, end := time.NewTicker(time.Millisecond), time.After(patience)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

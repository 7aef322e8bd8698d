package zoo

import (
	"bufio"
	"bytes"
	"compress/flate"
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
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Socket is a websocket server that keeps to no limit but its own: how it sends an
// answer is what it attacks with.
type Socket struct {
	// Send sends an answer: by Whole, Dripping, PingsFirst or Deflated.
	Send func(c *Conn, answer []byte) error
	// Extension is a header line of the handshake that nobody asked for.
	Extension string
	// Sent counts the bytes that it could get rid of.
	Sent atomic.Uint64
}

// CompressionUnasked is a handshake's line that turns compression on.
const CompressionUnasked = "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n"

// Serve answers on a listener until ctx ends, and closes it. What it says is the
// handler's.
func (s *Socket) Serve(ctx context.Context, l net.Listener, next Handler) {
	var all sync.WaitGroup
	defer all.Wait()
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	for {
		raw, err := l.Accept()
		if err != nil {
			return
		}
		all.Go(func() {
			defer raw.Close()
			defer context.AfterFunc(ctx, func() { _ = raw.Close() })()
			c := &Conn{Conn: raw, r: bufio.NewReader(raw), sent: &s.Sent}
			_ = s.session(ctx, c, next) // however it ends, the other side has hung up
		})
	}
}

func (s *Socket) session(ctx context.Context, c *Conn, next Handler) error {
	remote, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return err
	}
	if err := c.shake(s.Extension); err != nil {
		return err
	}
	for {
		request, err := c.message()
		if err != nil {
			return err
		}
		answer, err := next(ctx, remote, request)
		if err != nil {
			return err
		}
		if err := s.Send(c, answer); err != nil {
			return err
		}
	}
}

// Conn is one connection of a Socket.
type Conn struct {
	net.Conn
	r    *bufio.Reader
	sent *atomic.Uint64
}

// Write writes and counts.
func (c *Conn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.sent.Add(uint64(n))
	return n, err
}

// shake answers a client's handshake.
func (c *Conn) shake(extension string) error {
	req, err := http.ReadRequest(c.r)
	if err != nil {
		return err
	}
	sum := sha1.Sum([]byte(req.Header.Get("Sec-Websocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	_, err = fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n",
		base64.StdEncoding.EncodeToString(sum[:]), extension)
	return err
}

// The heads of frames.
const (
	frameFinal      = 0x80
	frameCompressed = 0x40
	opBinary        = 0x2
	opClose         = 0x8
	opPing          = 0x9
)

// most is the longest message that a Socket reads.
const most = 1 << 20

// message reads frames up to the end of a message.
func (c *Conn) message() ([]byte, error) {
	var all []byte
	packed := false
	for {
		first, payload, err := c.frame()
		if err != nil {
			return nil, err
		}
		switch op := first & 0xf; {
		case op == opClose:
			return nil, io.EOF
		case op > opClose:
			continue
		}
		packed = packed || first&frameCompressed != 0
		if all = append(all, payload...); len(all) > most {
			return nil, errors.New("the message is too long")
		}
		if first&frameFinal != 0 {
			return unpack(all, packed)
		}
	}
}

// deflateTail is what RFC 7692 leaves out at the end of a message.
const deflateTail = "\x00\x00\xff\xff"

// unpack is a message as it was before it was compressed, if it was.
func unpack(b []byte, packed bool) ([]byte, error) {
	if !packed {
		return b, nil
	}
	lastBlock := "\x01\x00\x00\xff\xff"
	z := flate.NewReader(io.MultiReader(bytes.NewReader(b), strings.NewReader(deflateTail+lastBlock)))
	return io.ReadAll(io.LimitReader(z, most))
}

// frame reads one frame of a client, which masks it.
func (c *Conn) frame() (first byte, payload []byte, err error) {
	var b [8]byte
	if _, err := io.ReadFull(c.r, b[:2]); err != nil {
		return 0, nil, err
	}
	first, n := b[0], uint64(b[1]&0x7f)
	switch n {
	case 126:
		_, err = io.ReadFull(c.r, b[:2])
		n = uint64(binary.BigEndian.Uint16(b[:2]))
	case 127:
		_, err = io.ReadFull(c.r, b[:8])
		n = binary.BigEndian.Uint64(b[:8])
	}
	if n > most {
		return 0, nil, errors.New("the frame is too long")
	}
	var mask [4]byte
	if err == nil {
		_, err = io.ReadFull(c.r, mask[:])
	}
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(c.r, payload)
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return first, payload, err
}

// head is a frame's head, as a server sends it.
func head(first byte, length int) []byte {
	switch {
	case length < 126:
		return []byte{first, byte(length)}
	case length < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{first, 126}, uint16(length))
	}
	return binary.BigEndian.AppendUint64([]byte{first, 127}, uint64(length))
}

// Whole sends an answer as one frame, however long it is.
func Whole(c *Conn, answer []byte) error {
	_, err := c.Write(append(head(frameFinal|opBinary, len(answer)), answer...))
	return err
}

// Dripping sends an answer in pieces with pauses between them, so that something always
// comes and it never ends in time.
func Dripping(ctx context.Context, pieces int, pause time.Duration) func(*Conn, []byte) error {
	return func(c *Conn, answer []byte) error {
		if _, err := c.Write(head(frameFinal|opBinary, len(answer))); err != nil {
			return err
		}
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for i := range pieces {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return ctx.Err()
			}
			if _, err := c.Write(answer[len(answer)*i/pieces : len(answer)*(i+1)/pieces]); err != nil {
				return err
			}
		}
		return nil
	}
}

// PingsFirst sends n pings before each answer.
func PingsFirst(n int) func(*Conn, []byte) error {
	return func(c *Conn, answer []byte) error {
		ping := head(frameFinal|opPing, 0)
		for sent := 0; sent < n; sent += 256 {
			if _, err := c.Write(bytes.Repeat(ping, min(256, n-sent))); err != nil {
				return err
			}
		}
		return Whole(c, answer)
	}
}

// Deflated sends an answer compressed.
func Deflated(c *Conn, answer []byte) error {
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.BestCompression)
	if err == nil {
		_, err = z.Write(answer)
	}
	if err == nil {
		err = z.Flush()
	}
	if err != nil {
		return err
	}
	packed := bytes.TrimSuffix(b.Bytes(), []byte(deflateTail))
	_, err = c.Write(append(head(frameFinal|frameCompressed|opBinary, len(packed)), packed...))
	return err
}

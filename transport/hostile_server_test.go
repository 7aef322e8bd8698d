package transport

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/protocol"
)

// The doubles of a miner, each with what a call to it comes to.
func TestHostileServers(t *testing.T) {
	bomb := repeat([]byte{0}, 64)
	for _, tc := range []struct {
		name   string
		want   protocol.Reason
		behave func(w *wire)
	}{
		{"hangs after the request", protocol.ReasonTimeout, func(w *wire) {
			w.handshake("")
			_, _ = io.Copy(io.Discard, w.r)
		}},
		{"hangs at the handshake", protocol.ReasonTimeout, func(w *wire) { _, _ = io.Copy(io.Discard, w.r) }},
		{"hangs up at once", protocol.ReasonDial, func(*wire) {}},
		{"hangs up after the request", protocol.ReasonHangup, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
		}},
		{"hangs up in a frame", protocol.ReasonHangup, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_, _ = w.Write(append(w.head(final|opBinary, 1000), "not a thousand bytes"...))
		}},
		{"stops in a frame", protocol.ReasonTimeout, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_, _ = w.Write(append(w.head(final|opBinary, 1000), "not a thousand bytes"...))
			_, _ = io.Copy(io.Discard, w.r)
		}},
		{"oversize frame", protocol.ReasonOversize, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_, _ = w.Write(w.head(final|opBinary, protocol.MaxAnswerBytes+1))
			w.until(make([]byte, 1<<16))
		}},
		{"frame of 2^62 bytes", protocol.ReasonOversize, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_, _ = w.Write(w.head(final|opBinary, 1<<62))
			w.until(make([]byte, 1<<16))
		}},
		{"oversize by fragments", protocol.ReasonOversize, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_ = w.frame(opBinary, nil)
			w.until(append(w.head(opNext, 1<<16), make([]byte, 1<<16)...))
		}},
		{"endless empty fragments", protocol.ReasonOversize, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_ = w.frame(opBinary, nil)
			w.until(repeat(w.head(opNext, 0), 4096))
		}},
		{"ping flood", protocol.ReasonOversize, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			go io.Copy(io.Discard, w.r)
			w.until(repeat(w.head(final|opPing, 0), 4096))
		}},
		{"compressed frame, not negotiated", protocol.ReasonGarbled, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_ = w.frame(final|rsv1|opBinary, bomb)
		}},
		{"compression turned on unasked", protocol.ReasonGarbled, func(w *wire) {
			w.handshake("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n")
			_, _ = w.message()
			_ = w.frame(final|rsv1|opBinary, bomb)
		}},
		{"text message", protocol.ReasonGarbled, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_ = w.frame(final|opText, []byte("hello"))
		}},
		{"masked frame", protocol.ReasonGarbled, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			w.masked = true
			_ = w.frame(final|opBinary, []byte("hello"))
		}},
		{"message before it is asked", protocol.ReasonGarbled, func(w *wire) {
			w.handshake("")
			_ = w.frame(final|opBinary, []byte("unasked"))
			_, _ = io.Copy(io.Discard, w.r)
		}},
		{"close frame that blames us", protocol.ReasonHangup, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_ = w.frame(final|opClose, append([]byte{0x03, 0xf3}, "internal"...))
		}},
		{"close frame that says busy", protocol.ReasonBusy, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_ = w.frame(final|opClose, append([]byte{0x03, 0xf5}, "busy"...))
		}},
		{"not a websocket", protocol.ReasonDial, func(w *wire) {
			_, _ = io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}},
		{"not HTTP", protocol.ReasonDial, func(w *wire) { _, _ = io.WriteString(w, "SSH-2.0-OpenSSH_9.9\r\n") }},
		{"endless response head", protocol.ReasonOversize, func(w *wire) {
			_, _ = io.WriteString(w, "HTTP/1.1 101 Switching Protocols\r\n")
			w.until([]byte("X-More: " + strings.Repeat("x", 1000) + "\r\n"))
		}},
		{"endless response body", protocol.ReasonDial, func(w *wire) {
			_, _ = io.WriteString(w, "HTTP/1.1 404 Not Found\r\n\r\n")
			w.until(make([]byte, 1<<16))
		}},
		{"busy at the handshake", protocol.ReasonBusy, func(w *wire) { _, _ = io.WriteString(w, busyAnswer) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			limit := patience
			if tc.want == protocol.ReasonTimeout {
				limit = 300 * time.Millisecond
			}
			d := dialer(t, DialerConfig{})
			start := time.Now()
			answer, err := d.Ask(within(t, limit), double(t, tc.behave), []byte("request"))
			if tc.name == "message before it is asked" && err == nil {
				// The message may come when the request is on its way, and be its
				// answer; what it is worth the signature tells.
				if string(answer) != "unasked" {
					t.Errorf("got answer %q", answer)
				}
				return
			}
			wantReason(t, err, tc.want)
			if took := time.Since(start); took > patience {
				t.Errorf("took %s", took)
			}
		})
	}
}

func TestFloodAfterTheAnswer(t *testing.T) {
	ended := make(chan struct{}, 1)
	addr := double(t, func(w *wire) {
		w.handshake("")
		_, _ = w.message()
		_ = w.frame(final|opBinary, []byte("answer"))
		w.until(repeat(append(w.head(final|opBinary, 4), "more"...), 1000))
		ended <- struct{}{}
	})
	d := dialer(t, DialerConfig{})
	for range 2 { // the second call gets a new connection
		answer, err := d.Ask(within(t, patience), addr, []byte("request"))
		if err != nil || string(answer) != "answer" {
			t.Fatalf("got %q, %v", answer, err)
		}
		select {
		case <-ended:
		case <-time.After(patience):
			t.Fatal("the flood is still read")
		}
	}
}

// A redirect at the handshake is refused and not followed.
func TestRedirect(t *testing.T) {
	reached := make(chan struct{}, 1)
	inside := double(t, func(*wire) { reached <- struct{}{} })
	addr := double(t, func(w *wire) {
		_, _ = fmt.Fprintf(w, "HTTP/1.1 302 Found\r\nLocation: ws://%s%s\r\nContent-Length: 0\r\n\r\n", inside, Path)
	})
	_, err := dialer(t, DialerConfig{}).Ask(within(t, patience), addr, []byte("request"))
	wantReason(t, err, protocol.ReasonDial)
	select {
	case <-reached:
		t.Error("the redirect was followed")
	default:
	}
}

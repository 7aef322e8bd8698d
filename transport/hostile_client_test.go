package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/assaynet/assay/protocol"
)

// The doubles of a validator, each with the close frame it gets.
func TestHostileClients(t *testing.T) {
	request := []byte("request")
	for _, tc := range []struct {
		name   string
		code   int
		text   string
		behave func(w *wire)
	}{
		{"oversize frame", websocket.CloseMessageTooBig, "", func(w *wire) {
			_, _ = w.Write(w.head(final|opBinary, protocol.MaxRequestBytes+1))
		}},
		{"frame of 2^63 bytes", websocket.CloseMessageTooBig, "oversize", func(w *wire) {
			_, _ = w.Write(w.head(final|opBinary, 1<<63))
		}},
		{"oversize by fragments", websocket.CloseMessageTooBig, "", func(w *wire) {
			_ = w.frame(opBinary, make([]byte, protocol.MaxRequestBytes))
			_ = w.frame(final|opNext, []byte{1})
		}},
		{"text message", websocket.ClosePolicyViolation, "garbled", func(w *wire) { _ = w.frame(final|opText, request) }},
		{"compressed frame", websocket.CloseProtocolError, "RSV1 set", func(w *wire) { _ = w.frame(final|rsv1|opBinary, request) }},
		{"unmasked frame", websocket.CloseProtocolError, "bad MASK", func(w *wire) {
			w.masked = false
			_ = w.frame(final|opBinary, request)
		}},
		{"continuation of nothing", websocket.CloseProtocolError, "continuation after FIN", func(w *wire) { _ = w.frame(final|opNext, request) }},
		{"slow writer", websocket.ClosePolicyViolation, "timeout", func(w *wire) {
			_, _ = w.Write(append(w.head(final|opBinary, 100), "half"...))
		}},
		{"slow by fragments", websocket.ClosePolicyViolation, "timeout", func(w *wire) { _ = w.frame(opBinary, []byte("half")) }},
		{"flood of requests", websocket.CloseTryAgainLater, "busy", func(w *wire) {
			for range 7 { // the eighth of the burst was the connection
				_ = w.frame(final|opBinary, request)
				_, _ = w.message()
			}
			_ = w.frame(final|opBinary, request)
		}},
		{"silence", websocket.CloseNormalClosure, "", func(*wire) {}},
		{"request that the handler refuses", websocket.ClosePolicyViolation, "replay", func(w *wire) { _ = w.frame(final|opBinary, []byte("replay")) }},
		{"request that the handler fails on", websocket.CloseInternalServerErr, "internal", func(w *wire) { _ = w.frame(final|opBinary, []byte("fail")) }},
		{"request that the handler panics on", websocket.CloseInternalServerErr, "internal", func(w *wire) { _ = w.frame(final|opBinary, []byte("panic")) }},
		{"request with a huge answer", websocket.CloseInternalServerErr, "internal", func(w *wire) { _ = w.frame(final|opBinary, []byte("huge")) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, ServerConfig{Burst: 8, RequestsPerSecond: 0.001, ReadTimeout: 500 * time.Millisecond, IdleTimeout: 1500 * time.Millisecond}, moody)
			w := connectRaw(t, s.addr)
			tc.behave(w)
			if code, text := w.ending(t); code != tc.code || text != tc.text {
				t.Errorf("closed with %d %q, want %d %q", code, text, tc.code, tc.text)
			}
			// Nobody else notices.
			if answer, err := dialer(t, DialerConfig{}).Ask(within(t, patience), s.addr, request); tc.name != "flood of requests" && (err != nil || string(answer) != "request") {
				t.Errorf("the next peer gets %q, %v", answer, err)
			}
		})
	}
}

func moody(_ context.Context, _ netip.AddrPort, request []byte) ([]byte, error) {
	switch string(request) {
	case "replay":
		return nil, fmt.Errorf("serve: %w", protocol.Fail(protocol.ReasonReplay, "seen before"))
	case "fail":
		return nil, errors.New("the disk is on fire")
	case "panic":
		panic("at the disk")
	case "huge":
		return make([]byte, protocol.MaxAnswerBytes+1), nil
	}
	return request, nil
}

// Bytes that are no message are bounded as messages are.
func TestHostileOverhead(t *testing.T) {
	for name, b := range map[string]func(w *wire) []byte{
		"empty fragments": func(w *wire) []byte {
			_ = w.frame(opBinary, nil)
			return repeat(w.head(opNext, 0), 1000)
		},
		"pings": func(w *wire) []byte { return repeat(w.head(final|opPing, 0), 1000) },
		"pongs": func(w *wire) []byte { return repeat(w.head(final|0xa, 0), 1000) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reg := prometheus.NewRegistry()
			s := serve(t, ServerConfig{ReadTimeout: time.Hour, IdleTimeout: time.Hour, Metrics: NewMetrics(reg)}, echo)
			w := connectRaw(t, s.addr)
			go io.Copy(io.Discard, w.Conn)
			w.until(b(w))
			eventually(t, "the flood is counted", func() bool { return metric(t, reg, "assay_transport_requests_total", "oversize") == 1 })
		})
	}
}

// A peer that does not take its answers loses the connection.
func TestSlowReader(t *testing.T) {
	reg := prometheus.NewRegistry()
	s := serve(t, ServerConfig{WriteTimeout: 100 * time.Millisecond, Metrics: NewMetrics(reg)},
		func(context.Context, netip.AddrPort, []byte) ([]byte, error) {
			return make([]byte, protocol.MaxAnswerBytes), nil
		})
	w := connectRaw(t, s.addr)
	for range 20 { // more than the sockets' buffers take
		_ = w.frame(final|opBinary, nil)
	}
	eventually(t, "the slow reader is dropped", func() bool {
		return metric(t, reg, "assay_transport_requests_total", "timeout") == 1 && metric(t, reg, "assay_transport_connections") == 0
	})
}

package chain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// badNode answers what Dial asks, and everything else with the reply given.
func badNode(t *testing.T, reply func(w http.ResponseWriter, r *http.Request, id json.RawMessage)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var req struct {
			ID     json.RawMessage
			Method string
		}
		if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&req); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		switch req.Method {
		case "chain_getBlockHash":
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":"0x%064x"}`, req.ID, 1)
		case "eth_chainId":
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":"0x2a"}`, req.ID)
		default:
			reply(w, r, req.ID)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestHostileNode(t *testing.T) {
	for name, reply := range map[string]func(http.ResponseWriter, *http.Request, json.RawMessage){
		"not JSON": func(w http.ResponseWriter, _ *http.Request, _ json.RawMessage) { io.WriteString(w, "<html>") },
		"other type": func(w http.ResponseWriter, _ *http.Request, id json.RawMessage) {
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":7}`, id)
		},
		"short hash": func(w http.ResponseWriter, _ *http.Request, id json.RawMessage) {
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":"0x12"}`, id)
		},
		"server error":  func(w http.ResponseWriter, _ *http.Request, _ json.RawMessage) { w.WriteHeader(http.StatusBadGateway) },
		"too large":     func(w http.ResponseWriter, _ *http.Request, id json.RawMessage) { flood(w, id) },
		"never answers": func(_ http.ResponseWriter, r *http.Request, _ json.RawMessage) { <-r.Context().Done() },
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Dial(t.Context(), Config{Endpoints: []string{badNode(t, reply)}, Netuid: 1, CallTimeout: 300 * time.Millisecond}, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
			defer cancel()
			if h, err := c.Head(ctx); err == nil {
				t.Errorf("head %+v out of nonsense", h)
			}
		})
	}
}

// flood sends more than the client takes.
func flood(w http.ResponseWriter, id json.RawMessage) {
	fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":"0x`, id)
	chunk := strings.Repeat("00", 1<<19)
	for sent := 0; sent <= maxResponse; sent += len(chunk) {
		if _, err := io.WriteString(w, chunk); err != nil {
			return
		}
	}
	io.WriteString(w, `"}`)
}

func TestLimitedBody(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { flood(w, json.RawMessage("1")) }))
	defer s.Close()
	resp, err := (&http.Client{Transport: bounded{http.DefaultTransport, new(atomic.Int64)}}).Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, resp.Body); n != maxResponse || err != nil {
		t.Errorf("read %d bytes, %v; want %d", n, err, maxResponse)
	}
}

func TestBackoff(t *testing.T) {
	for attempt, most := range map[int]time.Duration{1: 100 * time.Millisecond, 3: 400 * time.Millisecond, 9: backoffMost, 1000: backoffMost} {
		for range 50 {
			if d := backoff(attempt); d < most/2 || d > most {
				t.Fatalf("backoff %d = %s, want %s to %s", attempt, d, most/2, most)
			}
		}
	}
}

// The chain's words for an account that cannot pay.
func TestUnfunded(t *testing.T) {
	for err, want := range map[error]bool{
		&Error{Name: ErrNameUnfunded}: true,
		&Error{Name: ErrNameNoPermit}: false,
		refusal(MethodRegister, fmt.Errorf("send transaction: %w", answered("insufficient funds for gas * price + value"))): true,
		refusal(MethodRegister, answered("nonce too low")):                                                                  false,
		errors.New("insufficient funds"):                                                                                    false, // nobody answered that
	} {
		if got := IsUnfunded(err); got != want {
			t.Errorf("%v: unfunded %v, want %v", err, got, want)
		}
	}
}

type answered string

func (a answered) Error() string  { return string(a) }
func (a answered) ErrorCode() int { return -32000 }

package chain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ethereum/go-ethereum/rpc"

	"github.com/assaynet/assay/item"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

type coded struct {
	code int
	text string
}

func (c coded) Error() string  { return c.text }
func (c coded) ErrorCode() int { return c.code }

func TestLimitedBy(t *testing.T) {
	for _, tc := range []struct {
		err   error
		asked time.Duration
		want  time.Duration
		yes   bool
	}{
		{nil, time.Second, 0, false},
		{rpc.HTTPError{StatusCode: 429}, 3 * time.Second, 3 * time.Second, true},
		{fmt.Errorf("dial: %w", rpc.HTTPError{StatusCode: 429}), 0, 0, true},
		{rpc.HTTPError{StatusCode: 503}, time.Second, time.Second, true},
		{rpc.HTTPError{StatusCode: 503}, 0, 0, false},
		{rpc.HTTPError{StatusCode: 500}, 0, 0, false},
		{coded{-32999, "RPC rate limit exceeded"}, 0, 0, true},
		{coded{-32009, "Server is busy, try again later"}, 0, 0, true},
		{coded{-32000, "Too Many Requests"}, 0, 0, true},
		{coded{-32603, `evm error: Other("dispatch execution failed: ServingRateLimitExceeded")`}, 0, 0, false},
		{coded{-32000, "gas limit exceeded"}, 0, 0, false},
		{errors.New("connection reset"), 0, 0, false},
	} {
		e := newEndpoint(Config{}, 0, "http://a")
		e.asked.Store(int64(tc.asked))
		if got, yes := e.limitedBy(tc.err); got != tc.want || yes != tc.yes {
			t.Errorf("%v: %s, %v; want %s, %v", tc.err, got, yes, tc.want, tc.yes)
		}
	}
	if err := error(&limitedError{coded{-32999, "x"}}); final(err) || !IsAway(err) {
		t.Error("a refusal for the rate is taken for an answer")
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for v, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "999999": limitMost, "99999999999999999999": 0, "-1": 0, "soon": 0,
		now.Add(time.Minute).Format(http.TimeFormat): time.Minute, now.Add(-time.Minute).Format(http.TimeFormat): 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {v}}, now); got != want {
			t.Errorf("%q: %s, want %s", v, got, want)
		}
	}
}

// The order in which endpoints are asked.
func TestEndpointOrder(t *testing.T) {
	now := time.Unix(1000, 0)
	for name, worse := range map[string]func(e *endpoint){
		"order":       func(*endpoint) {},
		"failures":    func(e *endpoint) { e.order, e.failures = 0, 1 },
		"latency":     func(e *endpoint) { e.order, e.latency = 0, 300*time.Millisecond },
		"stale":       func(e *endpoint) { e.order, e.stale = 0, true },
		"to be asked": func(e *endpoint) { e.order, e.until = 0, now.Add(time.Second) },
	} {
		good, bad := newEndpoint(Config{}, 1, "http://a"), newEndpoint(Config{}, 2, "http://b")
		good.failures, good.until = 0, now.Add(-time.Second)
		good.latency = 40 * time.Millisecond
		worse(bad)
		if !good.before(bad, now) || bad.before(good, now) {
			t.Errorf("%s: the worse endpoint comes first", name)
		}
	}
}

// The pauses that an endpoint asks for, or is given, by a clock that is not waited
// for: one request at each end of a pause and none within.
func TestPausesAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLink(Config{Endpoints: []string{"http://a"}, CallTimeout: time.Second, Log: discard()})
		defer l.close()
		e := l.endpoints[0]
		e.client, e.gone = new(rpc.Client), l.life
		var asked []time.Duration
		began := time.Now()
		answers := []error{rpc.HTTPError{StatusCode: 429}, coded{-32999, "rate limit"}, coded{-32999, "rate limit"}, nil, coded{429, ""}, nil}
		e.asked.Store(int64(7 * time.Second))
		for range 2 {
			err := l.read(t.Context(), "state_call", func(context.Context, *rpc.Client) error {
				asked = append(asked, time.Since(began))
				next := answers[0]
				answers = answers[1:]
				return next
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		// Seven seconds as told; ten and twenty of its own; after an answer, five again.
		want := []time.Duration{0, 7 * time.Second, 17 * time.Second, 37 * time.Second, 37 * time.Second, 42 * time.Second}
		if fmt.Sprint(asked) != fmt.Sprint(want) {
			t.Errorf("asked at %v, want %v", asked, want)
		}
		l.rest(e, time.Minute, errors.New("enough"))
		if err := l.read(t.Context(), "x", nil); !errors.As(err, new(*pausedError)) || time.Since(began) != 42*time.Second {
			t.Errorf("a pause beyond patience: %v after %s", err, time.Since(began))
		}
		e.client = nil // it is not a real one
	})
}

func TestCompareDemotes(t *testing.T) {
	l := newLink(Config{Endpoints: []string{"http://a", "http://b"}, Log: discard()})
	a, b := l.endpoints[0], l.endpoints[1]
	a.client, b.client, l.current = new(rpc.Client), new(rpc.Client), a
	for _, tc := range []struct {
		a, b uint64
		use  *endpoint
	}{{100, 105, a}, {100, 106, b}, {200, 110, a}, {200, 0, a}, {0, 300, a}} {
		a.height, b.height = tc.a, tc.b
		_, moved := l.open()
		before := l.current
		l.compare()
		if l.current != tc.use {
			t.Errorf("at %d and %d %s is in use", tc.a, tc.b, l.current.url)
		}
		select {
		case <-moved:
		default:
			if before != l.current {
				t.Error("nobody was told of the move")
			}
		}
	}
	a.client, b.client = nil, nil
	l.close()
}

// A WebSocket that is refused for the rate is left alone, and an address that is
// none, or a node that has no such method, is an error for good.
func TestDialRefusals(t *testing.T) {
	var n atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n.Add(1)
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := Dial(ctx, Config{Endpoints: []string{"ws" + strings.TrimPrefix(s.URL, "http")}}, nil)
	if !IsAway(err) || n.Load() != 1 {
		t.Errorf("refused for the rate: %v after %d requests", err, n.Load())
	}
	for _, url := range []string{"", "a", "tcp://a", "ws://", "ws://a:b", "wss://%"} {
		if _, err := Dial(ctx, Config{Endpoints: []string{url}}, nil); !errors.Is(err, ErrEndpoint) || IsAway(err) {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// The blocks that are remembered are bounded, and a failure is not remembered.
func TestBlocksAreBounded(t *testing.T) {
	c := &Client{blocks: new(blocks)}
	reads := 0
	read := func(fail error) func(context.Context, [32]byte) (int, error) {
		return func(context.Context, [32]byte) (int, error) { reads++; return reads, fail }
	}
	ask := func(block byte, fail error) (int, error) {
		fn := read(fail)
		return shared(t.Context(), c, [32]byte{block}, "x", func(ctx context.Context, h item.Hash) (int, error) { return fn(ctx, h) })
	}
	if _, err := ask(0, errors.New("no")); err == nil {
		t.Error("no error")
	}
	for i := range byte(20) {
		for range 2 {
			if v, err := ask(i, nil); err != nil || v != int(i)+2 {
				t.Fatalf("block %d: %d, %v", i, v, err)
			}
		}
	}
	if len(c.blocks.kept) != blocksKept {
		t.Errorf("%d blocks kept", len(c.blocks.kept))
	}
	var all sync.WaitGroup
	for i := range byte(40) {
		all.Go(func() { _, _ = c.blocks.get([32]byte{i}, "x"); c.blocks.put([32]byte{i}, "y", i) })
	}
	all.Wait()
	if len(c.blocks.kept) != blocksKept {
		t.Errorf("%d blocks kept", len(c.blocks.kept))
	}
}

// A batch whose reply lacks an answer, or has one that is an error, is no result.
func TestHostileBatch(t *testing.T) {
	for name, tc := range map[string]struct {
		reply string
		final bool
	}{
		"one answer of two": {`[{"jsonrpc":"2.0","id":%d,"result":"0x00"}]`, false},
		"none":              {`[]`, false},
		"an object":         {`{"jsonrpc":"2.0","id":%d,"result":"0x00"}`, false},
		"an error":          {`[{"jsonrpc":"2.0","id":%d,"error":{"code":4003,"message":"no such block"}}]`, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var raw json.RawMessage
				if err := json.NewDecoder(r.Body).Decode(&raw); err != nil {
					t.Error(err)
				}
				w.Header().Set("Content-Type", "application/json")
				var one struct {
					ID     int
					Method string
				}
				if json.Unmarshal(raw, &one) == nil {
					fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%d,"result":"0x%064x"}`, one.ID, 1)
					return
				}
				var batch []struct{ ID int }
				if err := json.Unmarshal(raw, &batch); err != nil {
					t.Error(err)
				}
				reply := tc.reply
				if strings.Contains(reply, "%d") {
					reply = fmt.Sprintf(reply, batch[0].ID)
				}
				fmt.Fprint(w, reply)
			}))
			defer s.Close()
			l := newLink(Config{Endpoints: []string{s.URL}, CallTimeout: time.Second, Log: discard()})
			defer l.close()
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			c := &Client{cfg: Config{Netuid: 1}, link: l, blocks: new(blocks)}
			_, err := c.Metagraph(ctx, Head{Number: 1, Hash: item.Hash{1}})
			if err == nil || final(err) != tc.final {
				t.Errorf("error %v, final %v", err, final(err))
			}
		})
	}
}

package node

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// startOps serves the ops pages on a free port until the test ends.
func startOps(t *testing.T, ready func(*Readiness), page http.Handler) (base string, stop func() error) {
	t.Helper()
	l, err := ListenOps("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	registry := NewRegistry()
	table := NewReadiness(registry)
	if ready != nil {
		ready(table)
	}
	o := NewOps(l, registry, table, page)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- o.Serve(ctx) }()
	stopped := false
	stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-done
	}
	t.Cleanup(func() { _ = stop() })
	return "http://" + o.Addr().String(), stop
}

func get(t *testing.T, url string, header ...string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body), res.Header
}

func TestReadyz(t *testing.T) {
	var reason error
	base, _ := startOps(t, func(r *Readiness) {
		r.Add("chain", func() error { return reason })
		r.Add("record", func() error { return nil })
	}, nil)
	if code, body, _ := get(t, base+"/readyz"); code != 200 || body != "ready\nok   chain\nok   record\n" {
		t.Errorf("ready: %d %q", code, body)
	}
	reason = errors.New("no head for 3 min; check subtensor.chain_endpoint")
	code, body, _ := get(t, base+"/readyz")
	if code != 503 || body != "not ready\nFAIL chain no head for 3 min; check subtensor.chain_endpoint\nok   record\n" {
		t.Errorf("not ready: %d %q", code, body)
	}
	code, body, header := get(t, base+"/readyz", "Accept", "application/json")
	var got struct {
		Ready  bool
		Checks []CheckResult
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if code != 503 || got.Ready || len(got.Checks) != 2 || got.Checks[0].Reason != reason.Error() || !got.Checks[1].OK {
		t.Errorf("JSON: %d %s", code, body)
	}
	if header.Get("Content-Type") != "application/json" {
		t.Errorf("content type %q", header.Get("Content-Type"))
	}
	if code, _, _ := get(t, base+"/livez"); code != 200 {
		t.Errorf("a node that is not ready still lives: %d", code)
	}
	_, metrics, _ := get(t, base+"/metrics")
	for _, want := range []string{`assay_health_check{name="chain"} 1`, `assay_health_check{name="record"} 0`, "assay_build_info{", "go_goroutines", "process_cpu_seconds_total"} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %s in the metrics", want)
		}
	}
}

func TestReadinessReplacesAName(t *testing.T) {
	r := NewReadiness(NewRegistry())
	r.Add("chain", func() error { return errors.New("starting") })
	r.Add("chain", func() error { return nil })
	if results, ready := r.Results(); !ready || len(results) != 1 {
		t.Errorf("%v %v", results, ready)
	}
}

func TestTwoNodesShareAProcess(t *testing.T) {
	one, _ := startOps(t, func(r *Readiness) { r.Add("only-one", func() error { return nil }) }, nil)
	two, _ := startOps(t, nil, nil)
	_, a, _ := get(t, one+"/metrics")
	_, b, _ := get(t, two+"/metrics")
	if !strings.Contains(a, "only-one") || strings.Contains(b, "only-one") {
		t.Error("the nodes share a registry")
	}
}

func TestOpsRefusesOtherHosts(t *testing.T) {
	base, _ := startOps(t, nil, nil)
	for host, want := range map[string]int{"localhost:80": 200, "127.0.0.1": 200, "[::1]:9": 200, "evil.example": 421, "10.0.0.1": 421} {
		if code, _, _ := get(t, base+"/livez", "Host", host); code != want {
			t.Errorf("%s: %d, want %d", host, code, want)
		}
	}
}

func TestOpsSaysWhatToDoAboutATakenPort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, err = ListenOps(taken.Addr().String())
	if err == nil || !strings.Contains(err.Error(), taken.Addr().String()) || !strings.Contains(err.Error(), "--ops.listen") {
		t.Errorf("got %v", err)
	}
}

func TestOpsEndsOpenStreams(t *testing.T) {
	began := make(chan struct{})
	base, stop := startOps(t, nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		close(began)
		<-r.Context().Done()
	}))
	res, err := http.Get(base + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	<-began
	if err := stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if _, err := io.ReadAll(res.Body); err != nil {
		t.Errorf("stream did not end cleanly: %v", err)
	}
}

func TestOpsBoundsHeaders(t *testing.T) {
	base, _ := startOps(t, nil, nil)
	req, err := http.NewRequest(http.MethodGet, base+"/livez", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Long", strings.Repeat("a", 64<<10))
	// The server may close before it has read everything, which the client sees as a reset.
	if res, err := http.DefaultClient.Do(req); err == nil {
		res.Body.Close()
		if res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("64 kB of headers: %d", res.StatusCode)
		}
	}
	if code, body, _ := get(t, base+"/"); code != 200 || !strings.Contains(body, "/readyz") {
		t.Errorf("contents: %d %s", code, body)
	}
	if code, _, _ := get(t, base+"/nothing"); code != 404 {
		t.Errorf("unknown path: %d", code)
	}
}

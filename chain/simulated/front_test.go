package simulated_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/ethereum/go-ethereum/rpc"
)

// request and reply are JSON-RPC as it is on the wire.
type request struct {
	Version string            `json:"jsonrpc"`
	ID      json.RawMessage   `json:"id"`
	Method  string            `json:"method"`
	Params  []json.RawMessage `json:"params"`
}

type reply struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  any             `json:"result"`
	Error   *failure        `json:"error,omitempty"`
}

type failure struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

// serve opens an endpoint of the node. Several share the chain.
func (w *world) serve() *httptest.Server {
	w.t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			return // the client went away
		}
		var result any
		if bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
			var batch []request
			err = json.Unmarshal(body, &batch)
			replies := make([]reply, len(batch))
			for i, q := range batch {
				replies[i] = w.reply(q)
			}
			result = replies
		} else {
			var q request
			err = json.Unmarshal(body, &q)
			result = w.reply(q)
		}
		if err != nil {
			w.t.Errorf("request %s: %v", body, err)
		}
		out.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(out).Encode(result) // fails when the client went away
	}))
	w.t.Cleanup(s.Close)
	return s
}

func (w *world) reply(q request) reply {
	out := reply{Version: "2.0", ID: q.ID}
	result, err := w.answer(q.Method, q.Params)
	if err == nil {
		out.Result = result
		return out
	}
	out.Error = &failure{Code: -32000, Message: err.Error()}
	var coded rpc.Error
	if errors.As(err, &coded) {
		out.Error.Code = coded.ErrorCode()
	}
	var data rpc.DataError
	if errors.As(err, &data) {
		out.Error.Data = data.ErrorData()
	}
	return out
}

package transport

import (
	"errors"
	"io"
	"net"
	"sync/atomic"

	"github.com/gorilla/websocket"

	"github.com/assaynet/assay/protocol"
)

// errFlood is a peer that sends more bytes than were due.
var errFlood = errors.New("peer sent more bytes than were due")

// meter is a connection whose peer may send only as many bytes as were allowed
// last. The read limit of the websocket library counts payload only, so without
// it empty fragments, control frames and HTTP headers would be free.
type meter struct {
	net.Conn
	left atomic.Int64
}

// allow replaces what is left of the budget.
func (m *meter) allow(bytes int64) { m.left.Store(bytes) }

// Read reads within the budget.
func (m *meter) Read(p []byte) (int, error) {
	left := m.left.Load()
	if left <= 0 {
		return 0, errFlood
	}
	if int64(len(p)) > left {
		p = p[:left]
	}
	n, err := m.Conn.Read(p)
	m.left.Add(-int64(n))
	return n, err
}

// limitPings makes conn answer at most as many pings as stated until the returned
// counter is set to zero. The counter belongs to the goroutine that reads.
func limitPings(conn *websocket.Conn, most int) *int {
	pings := new(int)
	answer := conn.PingHandler()
	conn.SetPingHandler(func(data string) error {
		if *pings++; *pings > most {
			return errFlood
		}
		return answer(data)
	})
	return pings
}

// readAll reads one message of at most limit bytes. The library enforces the
// limit too; this one holds whatever the frames unpack to.
func readAll(r io.Reader, limit int) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > limit {
		return nil, websocket.ErrReadLimit
	}
	return raw, nil
}

// reasonOf classes an error of reading from or writing to a websocket.
func reasonOf(err error) protocol.Reason {
	var closed *websocket.CloseError
	var network net.Error
	switch {
	case errors.Is(err, errFlood), errors.Is(err, websocket.ErrReadLimit):
		return protocol.ReasonOversize
	case errors.As(err, &closed):
		if closed.Code == websocket.CloseTryAgainLater {
			return protocol.ReasonBusy
		}
		return protocol.ReasonHangup
	case errors.As(err, &network):
		if network.Timeout() {
			return protocol.ReasonTimeout
		}
		return protocol.ReasonHangup
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, websocket.ErrCloseSent):
		return protocol.ReasonHangup
	}
	return protocol.ReasonGarbled // the library's complaint about a frame
}

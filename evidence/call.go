package evidence

import (
	"fmt"

	"github.com/assaynet/assay/protocol"
)

// Kind is the kind of the request; 0 where it cannot be read.
func (c *Call) Kind() protocol.Kind {
	var e protocol.Envelope
	if protocol.Decode(c.Request, &e) != nil {
		return 0
	}
	return e.Kind
}

// Asked decodes the request of a call: its envelope and its message, one of
// *protocol.RootRequest, *protocol.ItemsRequest, *protocol.ClaimsRequest and
// *protocol.TasksRequest.
func (c *Call) Asked() (*protocol.Envelope, any, error) {
	e, message, err := decode(c.Request)
	if err == nil && !e.Kind.IsRequest() {
		err = fmt.Errorf("kind %s is not a request", e.Kind)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("decode recorded request: %w", err)
	}
	return e, message, nil
}

// DecodeAnswer decodes the answer of an Answered call into the message that its
// request asked for.
func DecodeAnswer[M any](c *Call) (*M, error) {
	e, message, err := decode(c.Answer)
	if err != nil {
		return nil, fmt.Errorf("decode recorded answer: %w", err)
	}
	m, ok := message.(*M)
	if !ok {
		return nil, fmt.Errorf("decode recorded answer: it is a %s", e.Kind)
	}
	return m, nil
}

func decode(raw []byte) (*protocol.Envelope, any, error) {
	var e protocol.Envelope
	if err := protocol.Decode(raw, &e); err != nil {
		return nil, nil, err
	}
	message, err := protocol.DecodeBody(&e)
	return &e, message, err
}

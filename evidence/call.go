package evidence

import (
	"fmt"

	"github.com/assaynet/assay/protocol"
)

// Asked decodes the request of a call: its envelope and its message, one of
// *protocol.RootRequest, *protocol.ItemsRequest and *protocol.ClaimsRequest.
func (c *Call) Asked() (*protocol.Envelope, any, error) {
	var e protocol.Envelope
	if err := protocol.Decode(c.Request, &e); err != nil {
		return nil, nil, fmt.Errorf("decode recorded request: %w", err)
	}
	var message any
	switch e.Kind {
	case protocol.KindRootRequest:
		message = new(protocol.RootRequest)
	case protocol.KindItemsRequest:
		message = new(protocol.ItemsRequest)
	case protocol.KindClaimsRequest:
		message = new(protocol.ClaimsRequest)
	default:
		return nil, nil, fmt.Errorf("decode recorded request: kind %d is not a request", e.Kind)
	}
	if err := protocol.Decode(e.Body, message); err != nil {
		return nil, nil, fmt.Errorf("decode recorded request: %w", err)
	}
	return &e, message, nil
}

// DecodeAnswer decodes the answer of an Answered call into the message that its
// request asked for.
func DecodeAnswer[M any](c *Call) (*M, error) {
	var e protocol.Envelope
	if err := protocol.Decode(c.Answer, &e); err != nil {
		return nil, fmt.Errorf("decode recorded answer: %w", err)
	}
	message := new(M)
	if err := protocol.Decode(e.Body, message); err != nil {
		return nil, fmt.Errorf("decode recorded answer: %w", err)
	}
	return message, nil
}

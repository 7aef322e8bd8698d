package evidence

import (
	"fmt"

	"github.com/assaynet/assay/protocol"
)

// Reading is a call as it is understood once its bytes are read: what was asked, and
// what the answer proves. A simulation states readings and leaves the bytes out, so that
// the fold is the same for both.
type Reading struct {
	Asked   protocol.Envelope // of the request; without a signature where there are no bytes
	Request any               // its message, as Call.Asked has it
	// What an answer holds, by the request: one of these.
	Root   protocol.SignedRoot
	Parts  []DrawnPart
	Proven []Proven
	Want   uint16
}

// Told is a call that is stated by its reading. It has no bytes, so no record holds one.
func Told(r *Reading, outcome Outcome, reason protocol.Reason) Call {
	return Call{Outcome: outcome, Reason: reason, told: r}
}

// Kind is the kind of the request; 0 where it cannot be read.
func (c *Call) Kind() protocol.Kind {
	if c.told != nil {
		return c.told.Asked.Kind
	}
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
	if c.told != nil {
		return &c.told.Asked, c.told.Request, nil
	}
	e, message, err := decode(c.Request)
	if err == nil && !e.Kind.IsRequest() {
		err = fmt.Errorf("kind %s is not a request", e.Kind)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("decode recorded request: %w", err)
	}
	return e, message, nil
}

// Root is the root that an Answered call for one shows.
func (c *Call) Root() (protocol.SignedRoot, error) {
	if c.told != nil {
		return c.told.Root, nil
	}
	ans, err := DecodeAnswer[protocol.RootAnswer](c)
	if err != nil {
		return protocol.SignedRoot{}, err
	}
	return ans.Root, nil
}

// Items is what an Answered call for draws proves: see OpenItems.
func (c *Call) Items(req *protocol.ItemsRequest, root RootOf) ([]DrawnPart, error) {
	if c.told != nil {
		return c.told.Parts, nil
	}
	ans, err := DecodeAnswer[protocol.ItemsAnswer](c)
	if err != nil {
		return nil, err
	}
	return OpenItems(req, ans, root)
}

// Claims is what an Answered call for claims proves: see OpenClaims.
func (c *Call) Claims(req *protocol.ClaimsRequest, root RootOf) ([]Proven, error) {
	if c.told != nil {
		return c.told.Proven, nil
	}
	ans, err := DecodeAnswer[protocol.ClaimsAnswer](c)
	if err != nil {
		return nil, err
	}
	return OpenClaims(req, ans, root)
}

// Want is how many tasks an Answered call that handed some out asks for.
func (c *Call) Want() (uint16, error) {
	if c.told != nil {
		return c.told.Want, nil
	}
	ans, err := DecodeAnswer[protocol.TasksAnswer](c)
	if err != nil {
		return 0, err
	}
	return ans.Want, nil
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

package counterfactual

import (
	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// restate reads the calls of an exchange once, for both folds: proofs are what takes time.
// A call that cannot be read stays as it is, and the fold says what is wrong with it.
//
// A question names roots that were receipted in earlier rounds, so they are known before
// the round closes.
func restate(e evidence.Entry, state *scoring.State) evidence.Entry {
	x, ok := e.Body.(*evidence.Exchange)
	if !ok {
		return e
	}
	root := func(seq uint64) (item.Root, bool) {
		r, ok := state.Root(x.Miner, seq)
		return r.Root.Root(), ok
	}
	read := &evidence.Exchange{Round: x.Round, Miner: x.Miner, Calls: make([]evidence.Call, len(x.Calls))}
	for i := range x.Calls {
		c := &x.Calls[i]
		read.Calls[i] = *c
		if r, err := reading(c, root); err == nil {
			read.Calls[i] = evidence.Told(r, c.Outcome, c.Reason)
		}
	}
	e.Body = read
	return e
}

// reading is a call as it is understood.
func reading(c *evidence.Call, root evidence.RootOf) (*evidence.Reading, error) {
	envelope, request, err := c.Asked()
	if err != nil {
		return nil, err
	}
	r := &evidence.Reading{Asked: *envelope, Request: request}
	if c.Outcome != evidence.Answered {
		return r, nil
	}
	switch req := request.(type) {
	case *protocol.RootRequest:
		r.Root, err = c.Root()
	case *protocol.ItemsRequest:
		r.Parts, err = c.Items(req, root)
	case *protocol.ClaimsRequest:
		r.Proven, err = c.Claims(req, root)
	case *protocol.TasksRequest:
		r.Want, err = c.Want()
	}
	return r, err
}

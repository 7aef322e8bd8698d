package zoo

import (
	"context"
	"net/netip"
	"time"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Handler answers one request on the wire; a transport.Handler is one.
type Handler = func(ctx context.Context, remote netip.AddrPort, request []byte) ([]byte, error)

// Wrap stands between the wire and a miner, and makes an adversary of it.
type Wrap = func(next Handler) Handler

// Speaker attacks on the wire with a miner's key: what it says is signed, whatever it
// is.
type Speaker struct {
	Key    protocol.Signer
	Netuid uint16
}

// altering lets the miner behind it answer, and alters the answers to requests of some
// kinds, or of all when none is named.
func altering(alter func(asked *protocol.Envelope, answer []byte) ([]byte, error), kinds ...protocol.Kind) Wrap {
	return func(next Handler) Handler {
		return func(ctx context.Context, remote netip.AddrPort, request []byte) ([]byte, error) {
			answer, err := next(ctx, remote, request)
			var e protocol.Envelope
			if err != nil || protocol.Decode(request, &e) != nil || !among(e.Kind, kinds) {
				return answer, err
			}
			return alter(&e, answer)
		}
	}
}

// instead answers requests of some kinds itself.
func instead(say func(ctx context.Context, asked *protocol.Envelope) ([]byte, error), kinds ...protocol.Kind) Wrap {
	return func(next Handler) Handler {
		return func(ctx context.Context, remote netip.AddrPort, request []byte) ([]byte, error) {
			var e protocol.Envelope
			if protocol.Decode(request, &e) != nil || !among(e.Kind, kinds) {
				return next(ctx, remote, request)
			}
			return say(ctx, &e)
		}
	}
}

func among(k protocol.Kind, kinds []protocol.Kind) bool {
	for _, want := range kinds {
		if k == want {
			return true
		}
	}
	return len(kinds) == 0
}

// reseal alters an envelope and signs it with a key, in whatever name it is.
func reseal(key protocol.Signer, raw []byte, alter func(*protocol.Envelope)) ([]byte, error) {
	var e protocol.Envelope
	if err := protocol.Decode(raw, &e); err != nil {
		return nil, err
	}
	alter(&e)
	var err error
	if e.Signature, err = key.Sign(e.Digest()); err != nil {
		return nil, err
	}
	return protocol.Encode(&e)
}

// say seals an answer of the speaker's own making.
func (s Speaker) say(asked *protocol.Envelope, kind protocol.Kind, message any) ([]byte, error) {
	raw, _, err := protocol.Seal(s.Key, kind, asked.From, asked.Round, asked.Digest(), message)
	return raw, err
}

// message decodes the message of an answer; nil where it is another one.
func message[M any](answer []byte) *M {
	var e protocol.Envelope
	if protocol.Decode(answer, &e) != nil {
		return nil
	}
	body, err := protocol.DecodeBody(&e)
	if err != nil {
		return nil
	}
	m, _ := body.(*M)
	return m
}

// StallWire answers everything but draws: those it holds for a time, or for good when
// that is 0. It lets go when the run ends or the miner's server gives the answer up.
func StallWire(run context.Context, hold time.Duration) Wrap {
	return func(next Handler) Handler {
		return func(ctx context.Context, remote netip.AddrPort, request []byte) ([]byte, error) {
			var e protocol.Envelope
			if protocol.Decode(request, &e) != nil || e.Kind != protocol.KindItemsRequest {
				return next(ctx, remote, request)
			}
			var over <-chan time.Time
			if hold > 0 {
				timer := time.NewTimer(hold)
				defer timer.Stop()
				over = timer.C
			}
			select {
			case <-over:
				return next(ctx, remote, request)
			case <-ctx.Done():
			case <-run.Done():
			}
			return nil, protocol.Fail(protocol.ReasonBusy, "stalled")
		}
	}
}

// RefuseDraws answers draws with a signed refusal, and everything else.
func (s Speaker) RefuseDraws() Wrap {
	return instead(func(_ context.Context, asked *protocol.Envelope) ([]byte, error) {
		return s.say(asked, protocol.KindRefusal, &protocol.Refusal{Code: string(protocol.ReasonBusy), Message: "not today"})
	}, protocol.KindItemsRequest)
}

// Count reports an index without having one: roots that grow by the hour, with the sums
// of a great store, and to draws an answer that shows nothing.
func (s Speaker) Count() Wrap {
	return instead(func(_ context.Context, asked *protocol.Envelope) ([]byte, error) {
		switch asked.Kind {
		case protocol.KindRootRequest:
			root := protocol.SignedRoot{Netuid: s.Netuid, Seq: asked.Round + 1, Hash: item.Sum("zoo/no tree", asked.Body), Bytes: 1 << 40, Count: 1 << 24}
			if err := root.Sign(s.Key); err != nil {
				return nil, err
			}
			return s.say(asked, protocol.KindRootAnswer, &protocol.RootAnswer{Root: root})
		case protocol.KindItemsRequest:
			parts := 0
			if body, err := protocol.DecodeBody(asked); err == nil {
				parts = len(body.(*protocol.ItemsRequest).Parts)
			}
			return s.say(asked, protocol.KindItemsAnswer, &protocol.ItemsAnswer{Drawn: make([][]uint16, parts)})
		default:
			return s.say(asked, protocol.KindClaimsAnswer, &protocol.ClaimsAnswer{})
		}
	}, protocol.KindRootRequest, protocol.KindItemsRequest, protocol.KindClaimsRequest)
}

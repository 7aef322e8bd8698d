package miner

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"time"

	"github.com/assaynet/assay/protocol"
)

// Handle answers a request; it is a transport.Handler. Until the sender is known
// to be a member that signed the request, a failure is a *protocol.Failure, which
// costs nothing to answer; from there on it is a signed Refusal.
func (m *Miner) Handle(ctx context.Context, _ netip.AddrPort, request []byte) ([]byte, error) {
	e, err := protocol.OpenRequest(request, m.self)
	if err != nil {
		m.cfg.Metrics.request(0, string(protocol.ReasonOf(err)))
		return nil, err
	}
	answer, outcome, err := m.serve(ctx, e)
	m.cfg.Metrics.request(e.Kind, outcome)
	return answer, err
}

// outcomeOK is the outcome of a served request; the others are reasons.
const outcomeOK = "ok"

func (m *Miner) serve(ctx context.Context, e *protocol.Envelope) (answer []byte, outcome string, err error) {
	now := m.view.Load()
	member, err := m.admit(e, now)
	if err != nil {
		return nil, string(protocol.ReasonOf(err)), err
	}
	select {
	case m.slots <- struct{}{}:
		defer func() { <-m.slots }()
	default:
		return nil, string(protocol.ReasonBusy), protocol.Fail(protocol.ReasonBusy, "%d requests are being served", m.cfg.AtOnce)
	}
	if err := e.CheckSignature(); err != nil {
		return nil, string(protocol.ReasonOf(err)), err
	}
	if err := m.seen.add(e, e.Digest()); err != nil {
		return nil, string(protocol.ReasonOf(err)), err
	}
	m.update(func(s *Status) { s.LastRequest = time.Now() })
	raw, err := m.answer(ctx, e, member)
	if err != nil && ctx.Err() != nil {
		return nil, string(protocol.ReasonTimeout), protocol.Fail(protocol.ReasonTimeout, "answer %s: %w", e.Kind, ctx.Err())
	}
	if err != nil {
		return m.refuse(e, err)
	}
	return raw, outcomeOK, nil
}

// admit makes the cheap checks: window, membership, replay. It reports whether
// the sender is on the subnet.
func (m *Miner) admit(e *protocol.Envelope, now *view) (member bool, err error) {
	if now.metagraph == nil {
		return false, protocol.Fail(protocol.ReasonBusy, "the chain has not been seen yet")
	}
	if own := m.roundOf(now.head.Number); !inWindow(e.Round, own) {
		return false, protocol.Fail(protocol.ReasonWindow, "request is for round %d, this is %d", e.Round, own)
	}
	n, member := now.metagraph.ByHotkey(e.From)
	if !m.cfg.ServeAnyone && (!member || !n.ValidatorPermit) {
		return member, protocol.Fail(protocol.ReasonPermit, "%s holds no validator permit on subnet %d", e.From.Short(), m.cfg.Netuid)
	}
	if m.seen.has(e, e.Digest()) {
		return member, replayed(e)
	}
	return member, nil
}

// refuse signs a refusal with the reason of err. What failed on this side is
// logged and not told.
func (m *Miner) refuse(e *protocol.Envelope, err error) (answer []byte, outcome string, _ error) {
	refusal := protocol.Refusal{Code: string(protocol.ReasonOf(err))}
	var failure *protocol.Failure
	if errors.As(err, &failure) {
		refusal.Message = cut(failure.Error(), protocol.MaxMessage)
	} else {
		m.fault("a request could not be answered", err, "kind", e.Kind.String())
	}
	raw, _, err := protocol.Seal(m.signer, protocol.KindRefusal, e.From, e.Round, e.Digest(), &refusal)
	if err != nil {
		return nil, refusal.Code, protocol.Fail(protocol.ReasonInternal, "refuse: %w", err)
	}
	return raw, refusal.Code, nil
}

// cut shortens a text to at most n bytes of whole characters.
func cut(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}

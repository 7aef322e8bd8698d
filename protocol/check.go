package protocol

// message is a body that knows its own limits.
type message interface{ Check() error }

// DecodeBody decodes the message that an envelope carries and checks it against
// the limits, so that no caller meets a list longer than the protocol allows. It
// is called after CheckSignature: what fails here was signed, so the errors are
// *Failure with ReasonMalformed. The result is a pointer to the struct of the
// envelope's kind, such as *ItemsRequest.
func DecodeBody(e *Envelope) (any, error) {
	var m message
	switch e.Kind {
	case KindRootRequest:
		m = new(RootRequest)
	case KindRootAnswer:
		m = new(RootAnswer)
	case KindItemsRequest:
		m = new(ItemsRequest)
	case KindItemsAnswer:
		m = new(ItemsAnswer)
	case KindClaimsRequest:
		m = new(ClaimsRequest)
	case KindClaimsAnswer:
		m = new(ClaimsAnswer)
	case KindRefusal:
		m = new(Refusal)
	case KindTasksRequest:
		m = new(TasksRequest)
	case KindTasksAnswer:
		m = new(TasksAnswer)
	default:
		return nil, Fail(ReasonMalformed, "decode body: unknown kind %d", e.Kind)
	}
	if err := Decode(e.Body, m); err != nil {
		return nil, Fail(ReasonMalformed, "decode %s: %w", e.Kind, err)
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	return m, nil
}

// Check demands that an empty record, and only that, has the zero hash.
func (a Anchor) Check() error {
	if (a.Seq == 0) != a.Hash.IsZero() {
		return Fail(ReasonMalformed, "record head %d has hash %s", a.Seq, a.Hash.Short())
	}
	return nil
}

// Check checks the head.
func (m *RootRequest) Check() error { return m.Head.Check() }

// Check checks that the root's sums can be those of an index: every leaf has at
// least one byte. Signature and owner are SignedRoot.Check.
func (m *RootAnswer) Check() error {
	r := &m.Root
	if r.Seq == 0 || r.Bytes < r.Count || (r.Count == 0) != (r.Bytes == 0) {
		return Fail(ReasonMalformed, "root %d has %d leaves of %d bytes", r.Seq, r.Count, r.Bytes)
	}
	return nil
}

// Check enforces MaxParts, MaxDraws and the draw modes. A request without parts
// hands over a receipt.
func (m *ItemsRequest) Check() error {
	if err := m.Head.Check(); err != nil {
		return err
	}
	if err := atMost("parts", len(m.Parts), MaxParts); err != nil {
		return err
	}
	for _, p := range m.Parts {
		if p.Seq == 0 {
			return Fail(ReasonMalformed, "draws under root 0, but roots count from 1")
		}
		if err := atMost("draws", len(p.Draws), MaxDraws); err != nil {
			return err
		}
		for _, d := range p.Draws {
			if err := d.Check(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Check enforces MaxNodes, MaxItems (of the items and of what one part's draws land
// on) and MaxParts, and that each draw names an item that is there.
func (m *ItemsAnswer) Check() error {
	if err := atMost("nodes", len(m.Nodes), MaxNodes); err != nil {
		return err
	}
	if err := atMost("items", len(m.Items), MaxItems); err != nil {
		return err
	}
	if err := atMost("parts", len(m.Drawn), MaxParts); err != nil {
		return err
	}
	for _, drawn := range m.Drawn {
		if err := atMost("drawn items", len(drawn), MaxItems); err != nil {
			return err
		}
		for _, i := range drawn {
			if int(i) >= len(m.Items) {
				return Fail(ReasonMalformed, "a draw names item %d of %d", i, len(m.Items))
			}
		}
	}
	return nil
}

// Check enforces MaxClaims.
func (m *ClaimsRequest) Check() error {
	if err := m.Head.Check(); err != nil {
		return err
	}
	return atMost("asks", len(m.Asks), MaxClaims)
}

// Check enforces MaxNodes and MaxClaims, and the order of the claims.
func (m *ClaimsAnswer) Check() error {
	if err := atMost("nodes", len(m.Nodes), MaxNodes); err != nil {
		return err
	}
	if err := atMost("claims", len(m.Claims), MaxClaims); err != nil {
		return err
	}
	for i, c := range m.Claims {
		if i > 0 && c.Index <= m.Claims[i-1].Index {
			return Fail(ReasonMalformed, "claim of ask %d follows that of ask %d", c.Index, m.Claims[i-1].Index)
		}
		if c.Index >= MaxClaims || c.Seq == 0 {
			return Fail(ReasonMalformed, "claim of ask %d under root %d", c.Index, c.Seq)
		}
	}
	return nil
}

// Check bounds the texts. The code is of a code's form but need not be one that
// this release knows: see Reason.Known.
func (m *Refusal) Check() error {
	if len(m.Code) == 0 || len(m.Code) > MaxCode {
		return Fail(ReasonMalformed, "refusal code has %d bytes, want 1 to %d", len(m.Code), MaxCode)
	}
	for _, c := range []byte(m.Code) {
		if c != '_' && (c < 'a' || c > 'z') {
			return Fail(ReasonMalformed, "refusal code %q is not lower-case letters and underscores", m.Code)
		}
	}
	return atMost("bytes in a refusal's message", len(m.Message), MaxMessage)
}

func atMost(what string, n, limit int) error {
	if n > limit {
		return Fail(ReasonMalformed, "%d %s, at most %d are allowed", n, what, limit)
	}
	return nil
}

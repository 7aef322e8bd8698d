// Package protocol is the words on the wire between validators and miners:
// messages, the bytes that are signed, limits and versions.
//
// A conversation is a sequence of envelopes over one connection. Each is
// deterministic CBOR and signed by the sender's hotkey over domain, version,
// kind, both parties, round, the digest of the request that it answers, and its
// body; see Envelope.Digest. The package does no I/O and reads no clock.
package protocol

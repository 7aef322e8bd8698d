// Package extrinsic reads, writes, signs and verifies the chain's native
// transactions, as far as a neuron uses them: signed extrinsics of version 4 and
// the calls by which a neuron registers, serves and votes.
//
// A signed extrinsic is, in SCALE,
//
//	compact length || 0x84 || 0x00 account || scheme signature || extra || call
//	extra    = era || compact nonce || compact tip || metadata mode (0)
//	implicit = u32 spec version || u32 transaction version || genesis hash || birth hash || 0x00
//
// and what is signed is call || extra || implicit, or its BLAKE2b-256 where that is
// longer than 256 bytes. The implicit part is not sent: both sides know it.
//
// The package is pure. Decoding is strict, so that what decodes encodes as the
// same bytes.
package extrinsic

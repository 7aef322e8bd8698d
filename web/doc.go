// Package web is the pages that a node shows its operator: the metagraph with what
// a validator thinks of each miner, and for each miner how its score came about.
//
// The pages are plain HTML that is right without JavaScript. A small script asks
// for the changed part when the server says over an event stream that something
// changed, or every few seconds where the stream cannot be had. Nothing is loaded
// from elsewhere, and the policy that is sent with each page forbids it.
//
// The package knows nothing of the rest of the project: it shows a View, a plain
// value that the caller makes. Every text in it may come from a stranger, and is
// escaped.
package web

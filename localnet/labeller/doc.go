// Package labeller has the labellers of the demo: programs that answer a miner's tasks
// as any program outside would, over the HTTP API of its desk and with a key of their
// own. What they answer is up to a Mind: classifiers that learned from more or fewer
// mails and have a taste, and those whose answers are worth nothing: a constant, a coin, a
// pair that has agreed on what to say, and one that copies what is published.
//
// Gold makes the file of truths that a validator of the demo is given.
package labeller

// Package labeller has the labellers of the demo: programs that answer a miner's tasks
// as any program outside would, over the HTTP API of its desk and with a key of their
// own. What they answer is up to a Mind: classifiers that learned from more or fewer
// mails and have a taste, and those of package zoo, whose answers are worth nothing. The
// Copier is one of them that reads what validators publish.
//
// Gold makes the file of truths that a validator of the demo is given.
package labeller

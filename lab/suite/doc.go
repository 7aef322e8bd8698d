// Package suite holds the scoring against the zoo: what each adversary earns in its worst
// case, how often honest miners are taken for liars, and what the checking costs.
package suite

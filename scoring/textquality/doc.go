// Package textquality measures a text by the heuristics with which web corpora are
// filtered: Gopher's quality and repetition rules (Rae and others 2021), C4's (Raffel and
// others 2020) and FineWeb's (Penedo and others 2024), with the thresholds and the order
// of checks of datatrove.
//
// [Measure] gives numbers, and the methods of [Features] the classic outcome: [Keep] or
// the name of the first rule that a text breaks.
//
// The rules are made for whole web pages in English. A short text breaks them by being
// short: fewer than 50 words is a reason of its own, in a post of 13 words any run of
// three is more than 18 % of it, and 5 sentences are more than a post has. On posts and
// labels use the numbers, of them the repetition and the letters, as features that lower
// a weight. An outcome there is no verdict.
//
// Words are what stands between white space, as the reference outcomes have it; a
// tokeniser that cuts punctuation off would count more of them. Lengths are in characters
// (code points); a byte that is not UTF-8 counts as one character. Time is linear in the
// length of the text, up to the cost of a map.
package textquality

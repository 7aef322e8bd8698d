package textquality

import (
	"iter"
	"slices"
	"unicode/utf8"
)

// tally counts pieces and those that stood before.
type tally struct{ pieces, repeated, characters int }

func count(pieces iter.Seq[string]) (t tally) {
	seen := map[string]struct{}{}
	for p := range pieces {
		t.pieces++
		if _, known := seen[p]; known {
			t.repeated++
			t.characters += utf8.RuneCountInString(p)
			continue
		}
		seen[p] = struct{}{}
	}
	return t
}

func (f *Features) measurePieces(text string) {
	paragraphs := count(pieces(trim(text), 2))
	f.RepeatedParagraphs = share(paragraphs.repeated, paragraphs.pieces)
	f.RepeatedParagraphCharacters = share(paragraphs.characters, f.Characters)
	inLines := count(pieces(text, 1))
	f.RepeatedLines = share(inLines.repeated, inLines.pieces)
	f.RepeatedLineCharacters = share(inLines.characters, f.Characters)
}

// measureRuns numbers the runs of 2, 3, … 10 words, equal runs alike. A run of n words is
// the pair of the run of its first n−1 and its last word, so the numbers are exact, not
// hashes, and each n takes one pass. When all runs of one length differ, so do all longer
// ones.
func (f *Features) measureRuns(all []string) {
	word, length := number(all)
	run := slices.Clone(word)
	numbers := map[uint64]int32{}
	for n := 2; n <= 10 && n <= len(all); n++ {
		run = run[:len(all)-n+1]
		different := renumber(run, word[n-1:], numbers)
		switch {
		case n <= 4:
			f.TopRuns[n-2] = share(topRun(run, different, length, n), f.Characters)
		case different == len(run):
			return
		default:
			f.RepeatedRuns[n-5] = share(repeatedRuns(run, different, length, n), f.Characters)
		}
	}
}

// number numbers the words by their first appearance and gives their characters.
func number(all []string) (word, length []int32) {
	word, length = make([]int32, len(all)), make([]int32, len(all))
	numbers := map[string]int32{}
	for i, w := range all {
		k, known := numbers[w]
		if !known {
			k = int32(len(numbers))
			numbers[w] = k
		}
		word[i], length[i] = k, int32(utf8.RuneCountInString(w))
	}
	return word, length
}

// renumber replaces the number of each run by that of the run with the next word, by
// first appearance, and says how many there are.
func renumber(run, next []int32, numbers map[uint64]int32) int {
	clear(numbers)
	for i, k := range run {
		pair := uint64(k)<<32 | uint64(next[i])
		k, known := numbers[pair]
		if !known {
			k = int32(len(numbers))
			numbers[pair] = k
		}
		run[i] = k
	}
	return len(numbers)
}

// topRun is the characters, with spaces, in all occurrences of the most frequent run of n
// words; of several it is the one that appears first.
func topRun(run []int32, different int, length []int32, n int) int {
	times := make([]int32, different)
	for _, k := range run {
		times[k]++
	}
	top := slices.Index(times, slices.Max(times))
	at := slices.Index(run, int32(top))
	return (characters(length[at:at+n]) + n - 1) * int(times[top])
}

// repeatedRuns is the characters in runs of n words that stood before, read from the
// start and past each such run as a whole.
func repeatedRuns(run []int32, different int, length []int32, n int) (sum int) {
	seen := make([]bool, different)
	for i := 0; i < len(run); i++ {
		if !seen[run[i]] {
			seen[run[i]] = true
			continue
		}
		sum += characters(length[i : i+n])
		i += n - 1
	}
	return sum
}

func characters(length []int32) (sum int) {
	for _, n := range length {
		sum += int(n)
	}
	return sum
}

package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/assaynet/assay/scoring/duplicate"
)

// joiner finds the pairs of like texts.
type joiner struct {
	texts     *signedTexts
	signer    *duplicate.Signer
	banding   duplicate.Banding
	threshold float64
	limits    dupesLimits
	cores     int

	pairs []dupePair
}

// candidateBatch is how many candidates are compared at a time, on all cores.
const candidateBatch = 1 << 16

// join finds the pairs, ordered by their lines: copies of a first text, and then near
// texts among the first ones.
func (j *joiner) join(ctx context.Context) ([]dupePair, error) {
	kept := j.copies()
	if err := j.tooMany(); err != nil {
		return nil, err
	}
	var batch [][2]int32
	candidates := 0
	for a, b := range j.banding.Candidates(j.texts.keys) {
		if candidates++; candidates > j.limits.candidates {
			return nil, fmt.Errorf("more than %d pairs are alike enough to be compared: many texts have much in common, such as a template; leave that out, or raise --threshold", j.limits.candidates)
		}
		if batch = append(batch, [2]int32{kept[a], kept[b]}); len(batch) == candidateBatch {
			if err := j.compare(ctx, batch); err != nil {
				return nil, err
			}
			batch = batch[:0]
		}
	}
	if err := j.compare(ctx, batch); err != nil {
		return nil, err
	}
	slices.SortFunc(j.pairs, func(a, b dupePair) int { return cmp.Or(cmp.Compare(a.Left, b.Left), cmp.Compare(a.Right, b.Right)) })
	return j.pairs, nil
}

// copies pairs each text with the first one of equal shingles, and keeps the keys of the
// first ones only. It gives the numbers of the texts that are kept.
func (j *joiner) copies() []int32 {
	t := j.texts
	kept, keys := make([]int32, 0, len(t.text)), t.keys[:0]
	bands := j.banding.Bands
	for i, first := range duplicate.Firsts(t.print) {
		if first != i {
			j.pairs = append(j.pairs, dupePair{t.line[first], t.line[i], 1})
			continue
		}
		kept = append(kept, int32(i))
		keys = append(keys, t.keys[i*bands:(i+1)*bands]...)
	}
	t.keys = keys
	return kept
}

func (j *joiner) tooMany() error {
	if len(j.pairs) > j.limits.pairs {
		return fmt.Errorf("there are more than %d pairs: split the file, or raise --threshold", j.limits.pairs)
	}
	return nil
}

// compare adds the candidates that are alike enough. Each core takes a run of them, and
// their pairs are put together in the order of the runs.
func (j *joiner) compare(ctx context.Context, candidates [][2]int32) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	found := make([][]dupePair, j.cores)
	var work sync.WaitGroup
	for core := range found {
		run := candidates[len(candidates)*core/j.cores : len(candidates)*(core+1)/j.cores]
		work.Go(func() { found[core] = j.compareRun(run) })
	}
	work.Wait()
	j.pairs = append(j.pairs, slices.Concat(found...)...)
	return j.tooMany()
}

func (j *joiner) compareRun(candidates [][2]int32) (found []dupePair) {
	var a, b duplicate.Set
	held := int32(-1) // the text in b
	for _, c := range candidates {
		if c[1] != held {
			j.signer.Shingle(&b, j.texts.text[c[1]])
			held = c[1]
		}
		j.signer.Shingle(&a, j.texts.text[c[0]])
		if s := duplicate.Jaccard(&a, &b); s >= j.threshold {
			found = append(found, dupePair{j.texts.line[c[0]], j.texts.line[c[1]], s})
		}
	}
	return found
}

package textquality

// Keep is the outcome of a text that breaks no rule. Any other outcome is the name of
// the first rule that it breaks, as datatrove spells it.
const Keep = "keep"

// check is one rule: broken, and what that is called.
type check struct {
	broken bool
	name   string
}

func first(checks ...check) string {
	for _, c := range checks {
		if c.broken {
			return c.name
		}
	}
	return Keep
}

// GopherQuality is the outcome of Gopher's rules of quality: 50 to 100,000 wordlike
// words of 3 to 10 characters on average; at most 0.1 '#' and 0.1 ellipses per word; at
// most 0.9 of the lines with a bullet and 0.3 ending in an ellipsis; a letter in 0.8 of
// the words; 2 different stop words.
func (f *Features) GopherQuality() string {
	return first(
		check{f.Wordlike < 50, "gopher_short_doc"},
		check{f.Wordlike > 100_000, "gopher_long_doc"},
		check{f.MeanLength < 3, "gopher_below_avg_threshold"},
		check{f.MeanLength > 10, "gopher_above_avg_threshold"},
		check{f.Hashes > 0.1, "gopher_too_many_hashes"},
		check{f.Ellipses > 0.1, "gopher_too_many_ellipsis"},
		check{f.BulletLines > 0.9, "gopher_too_many_bullets"},
		check{f.EllipsisLines > 0.3, "gopher_too_many_end_ellipsis"},
		check{f.LetterWords < 0.8, "gopher_below_alpha_threshold"},
		check{f.StopWords < 2, "gopher_enough_stop_words"},
	)
}

// GopherRepetition is the outcome of Gopher's rules against repetition: at most 0.3 of
// the paragraphs and of the lines repeated, with at most 0.2 of the characters; at most
// 0.2, 0.18 and 0.16 of the characters in the top run of 2, 3 and 4 words; at most 0.15,
// 0.14, … 0.10 in repeated runs of 5, 6, … 10 words. A text of nothing repeats nothing.
func (f *Features) GopherRepetition() string {
	return first(
		check{f.RepeatedParagraphs > 0.3, "dup_para_frac"},
		check{f.RepeatedParagraphCharacters > 0.2, "dup_para_char_frac"},
		check{f.RepeatedLines > 0.3, "dup_line_frac"},
		check{f.RepeatedLineCharacters > 0.2, "dup_line_char_frac"},
		check{f.TopRuns[0] > 0.2, "top_2_gram"},
		check{f.TopRuns[1] > 0.18, "top_3_gram"},
		check{f.TopRuns[2] > 0.16, "top_4_gram"},
		check{f.RepeatedRuns[0] > 0.15, "duplicated_5_n_grams"},
		check{f.RepeatedRuns[1] > 0.14, "duplicated_6_n_grams"},
		check{f.RepeatedRuns[2] > 0.13, "duplicated_7_n_grams"},
		check{f.RepeatedRuns[3] > 0.12, "duplicated_8_n_grams"},
		check{f.RepeatedRuns[4] > 0.11, "duplicated_9_n_grams"},
		check{f.RepeatedRuns[5] > 0.1, "duplicated_10_n_grams"},
	)
}

// C4 is the outcome of C4's rules: no "lorem ipsum" and no curly bracket, and 5 sentences
// in the lines that end a sentence, have 3 words or more, none of them over 1,000
// characters, and mention neither javascript nor cookies and terms.
func (f *Features) C4() string {
	return first(
		check{f.Dropped != "", f.Dropped},
		check{f.Sentences < 5, "too_few_sentences"},
	)
}

// FineWeb is the outcome of FineWeb's rules: 0.12 of the lines end a sentence, at most
// 0.67 have 30 characters or fewer, at most 0.01 of the characters are in repeated lines,
// and at most 0.3 newlines come on a word.
func (f *Features) FineWeb() string {
	return first(
		check{f.FilledLines == 0, "empty"},
		check{f.EndedLines < 0.12, "line_punct_ratio"},
		check{f.ShortLines > 0.67, "short_line_ratio"},
		check{f.RepeatedFilledCharacters > 0.01, "char_dup_ratio"},
		check{f.NewlinesPerWord > 0.3, "list_ratio"},
	)
}

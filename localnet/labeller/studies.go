package labeller

// Studies are those of the demo's honest labellers, from the best to the weakest: each
// learned from other mails, by other features, and finds other texts well written.
// The seed is the run's.
func Studies(seed uint64) []Study {
	all := []Study{
		{Ham: 300, Spam: 50, Words: 2, Flip: 0.01, Taste: Taste{Length: 700, Caps: 5, Marks: 6, Quotes: 1.5, Noise: 0.25, Margin: 0.08, Floor: -2.2}},
		{Ham: 110, Spam: 35, Words: 1, Flip: 0.03, Taste: Taste{Length: 800, Caps: 6, Marks: 5, Quotes: 1.2, Noise: 0.3, Margin: 0.10, Floor: -2.3}},
		{Ham: 150, Spam: 40, Chars: 5, Flip: 0.07, Taste: Taste{Length: 600, Caps: 4, Marks: 7, Quotes: 1.8, Noise: 0.4, Margin: 0.08, Floor: -2.3}},
		{Ham: 250, Spam: 40, Words: 1, Chars: 4, Flip: 0.12, Taste: Taste{Length: 950, Caps: 5, Marks: 5, Quotes: 1.0, Noise: 0.4, Margin: 0.12, Floor: -2.4}},
		{Ham: 90, Spam: 25, Words: 1, Flip: 0.14, Taste: Taste{Length: 750, Caps: 3, Marks: 4, Quotes: 1.0, Noise: 0.6, Margin: 0.12, Floor: -2.0}},
	}
	for i := range all {
		all[i].Seed = seed + uint64(i)<<32
		all[i].Taste.Seed = all[i].Seed
	}
	return all
}

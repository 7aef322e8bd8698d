package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"regexp"
	"slices"
	"strings"
)

const (
	spamPosted = 500 // spam in the corpus
	hamTrained = 500 // ham in the training file; of spam it gets what is left
	maxMarkup  = 3   // tags, from which on a text is HTML
	maxForeign = 6   // one letter in so many
	asGoodAs   = 0.9 // likeness from which on two mails are one
	related    = 0.5 // likeness from which on two mails stand on the same side
)

var (
	markup = regexp.MustCompile(`(?i)</?(html|head|body|table|tr|td|font|br|p|a|img|div|span|b|center|h\d)\b[^<>]*>`)
	// offensive is what a labeller of the demo is not to be shown.
	offensive = regexp.MustCompile(`(?i)\b(sex\w*|porn\w*|xxx+|nud(e|es|ity|ist)|naked|adults?|teens?|viagra|cialis|penis\w*|erecti\w*|impoten\w*|fuck\w*|shit\w*|` +
		`horny|cum|cock\w*|dick|lesbian\w*|gay|orgasm\w*|libido|virgins?|sluts?|whores?|bitch\w*|puss(y|ies)|incest\w*|bestial\w*|rap(e|ed|ist|ing)|erotic\w*|fetish\w*|` +
		`webcams?|strip(per|pers|tease)|escorts?|breasts?|boobs?|tits|anal|oral|masturbat\w*|hardcore|girls|babes|nigg\w*|naughty|hookers?|lolita\w*|singles|dating|` +
		`lover?s|bedroom|performance in bed|manhood)\b`)
)

// decent reports whether a mail may be shown: it is text and not markup, can be read,
// and has no word of the list.
func decent(m message) bool {
	text := m.Title + "\n" + m.Body
	foreign, letters := 0, 0
	for _, r := range text {
		if r >= 'A' {
			letters++
		}
		if r >= 0x80 {
			foreign++
		}
	}
	return len(markup.FindAllString(m.Body, maxMarkup)) < maxMarkup && foreign*maxForeign < letters &&
		!strings.ContainsRune(text, '\uFFFD') && !offensive.MatchString(text)
}

// chooseSpam parts spam into what is posted and what is for training. Mails that
// resemble one another stand on the same side, and of those that nearly repeat one
// another the first is kept. What is too long to be posted is for training.
func chooseSpam(all []message) (posted, train []message) {
	x := newShelf()
	side := map[string]bool{} // by the id of a group's first mail: whether it is posted
	group := map[string]string{}
	shuffle("side", all)
	for _, m := range all {
		id, likeness := x.nearest(m)
		if likeness > asGoodAs {
			continue
		}
		first := m.ID
		if likeness > related {
			first = group[id]
		} else {
			side[first] = len(m.Body) <= maxBody && len(posted) < spamPosted
		}
		group[m.ID] = first
		x.add(m)
		switch {
		case !side[first]:
			train = append(train, m)
		case len(m.Body) <= maxBody:
			posted = append(posted, m)
		}
	}
	return posted, train
}

// spread gives each topic its share of the spam: as much of it as the topic has of
// the ham, in an order that is a hash.
func spread(mails, ham []message) []message {
	counts, total := map[string]int{}, 0
	for _, m := range ham {
		counts[m.Topic]++
		total++
	}
	shuffle("topic", mails)
	given, upTo := 0, 0
	for _, topic := range sortedTopics(counts) {
		upTo += counts[topic]
		for ; given < len(mails)*upTo/total; given++ {
			mails[given].Topic = topic
		}
	}
	slices.SortFunc(mails, func(a, b message) int { return cmp.Or(cmp.Compare(a.Topic, b.Topic), byTime(a, b)) })
	return mails
}

// training is the ham that is not posted and resembles nothing that is, and the spam.
func training(rest, posted, spam []message) []message {
	x := newShelf()
	for _, m := range posted {
		x.add(m)
	}
	shuffle("train", rest)
	out := slices.Clone(spam)
	for _, m := range rest {
		if _, likeness := x.nearest(m); likeness <= related && decent(m) && len(out) < len(spam)+hamTrained {
			x.add(m)
			out = append(out, m)
		}
	}
	shuffle("order", out)
	return out
}

// shuffle puts mails in an order that depends on nothing but their ids and what it is for.
func shuffle(purpose string, all []message) {
	draw := func(m message) uint64 {
		sum := sha256.Sum256([]byte(purpose + " " + m.ID))
		return binary.BigEndian.Uint64(sum[:8])
	}
	slices.SortFunc(all, func(a, b message) int { return cmp.Compare(draw(a), draw(b)) })
}

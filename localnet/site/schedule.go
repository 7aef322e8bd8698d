package site

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
	"time"
)

// post is a message with its place in the run.
type post struct {
	message
	dated    time.Time // as printed: appears, cut to the second
	appears  time.Time
	vanishes time.Time // zero: never
}

type state int

const (
	unborn state = iota
	shown
	gone
)

func (p post) state(t time.Time) state {
	switch {
	case p.appears.After(t):
		return unborn
	case !p.vanishes.IsZero() && !p.vanishes.After(t):
		return gone
	}
	return shown
}

// schedule moves the messages to the run's clock. Messages keep their order within
// a topic, and topics are interleaved in proportion, so that each has
// both a backlog and new posts. The backlog is spread over its span with
// one post in each equal slot; new posts follow at the interval.
func schedule(cfg Config, messages []message) []post {
	posts := interleave(messages)
	backlog := int(math.Round(float64(len(posts)) * cfg.BacklogShare))
	slot := cfg.BacklogSpan / time.Duration(max(backlog, 1))
	for i := range posts {
		p := &posts[i]
		if i < backlog {
			within := time.Duration(float64(slot) * fraction(cfg.Seed, "slot", p.ID, 0))
			p.appears = cfg.Start.Add(-cfg.BacklogSpan + time.Duration(i)*slot + within)
		} else {
			p.appears = cfg.Start.Add(time.Duration(i-backlog+1) * cfg.PostInterval)
		}
		p.dated = p.appears.UTC().Truncate(time.Second)
	}
	vanish(cfg, posts)
	return posts
}

func interleave(messages []message) []post {
	size, rank := map[string]int{}, map[string]int{}
	for _, m := range messages {
		size[m.Topic]++
	}
	type placed struct {
		at float64
		m  message
	}
	all := make([]placed, len(messages))
	for i, m := range messages { // messages are in time order within a topic
		all[i] = placed{(float64(rank[m.Topic]) + 0.5) / float64(size[m.Topic]), m}
		rank[m.Topic]++
	}
	slices.SortFunc(all, func(a, b placed) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.m.ID, b.m.ID)) })
	posts := make([]post, len(all))
	for i, p := range all {
		posts[i].message = p.m
	}
	return posts
}

// vanish marks exactly the stated share of the posts, those with the least
// draw. The moment is uniform between the post's appearance (or Start) and the
// end of the window; a post that appears after the window gets one of its own.
func vanish(cfg Config, posts []post) {
	order := make([]int, len(posts))
	for i := range order {
		order[i] = i
	}
	draw := func(i int) float64 { return fraction(cfg.Seed, "vanish", posts[i].ID, 0) }
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(draw(a), draw(b)) })
	end := cfg.Start.Add(cfg.VanishWithin)
	for _, i := range order[:int(math.Round(float64(len(posts))*cfg.VanishShare))] {
		p := &posts[i]
		from := p.appears
		if from.Before(cfg.Start) {
			from = cfg.Start
		}
		window := end.Sub(from)
		if window <= 0 {
			window = cfg.VanishWithin
		}
		u := fraction(cfg.Seed, "moment", p.ID, 0)
		p.vanishes = from.Add(time.Duration(float64(window) * u))
	}
}

// fraction is a draw in [0, 1) that depends on nothing but its arguments.
func fraction(seed uint64, purpose, key string, n uint64) float64 {
	b := binary.BigEndian.AppendUint64(nil, seed)
	b = binary.BigEndian.AppendUint64(b, n)
	b = append(append(append(b, purpose...), 0), key...)
	sum := sha256.Sum256(b)
	return float64(binary.BigEndian.Uint64(sum[:8])>>11) / (1 << 53)
}

package site

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"
)

// post is a message with its place in the run.
type post struct {
	message
	id       string    // as the site names it
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

// schedule moves the messages to the run's clock. Within a topic the ham keeps its
// order, and the spam too, and topics are interleaved in proportion, so that each has
// both a backlog and new posts. The backlog is spread over its span with
// one post in each equal slot; new posts follow at the interval.
func schedule(cfg Config, messages []message) []post {
	posts := interleave(cfg.Seed, named(cfg.Seed, messages))
	backlog := int(math.Round(float64(len(posts)) * cfg.BacklogShare))
	slot := cfg.BacklogSpan / time.Duration(max(backlog, 1))
	for i := range posts {
		p := &posts[i]
		if i < backlog {
			within := time.Duration(float64(slot) * fraction(cfg.Seed, "slot", p.id, 0))
			p.appears = cfg.Start.Add(-cfg.BacklogSpan + time.Duration(i)*slot + within)
		} else {
			p.appears = cfg.Start.Add(time.Duration(i-backlog+1) * cfg.PostInterval)
		}
		p.dated = p.appears.UTC().Truncate(time.Second)
	}
	vanish(cfg, posts)
	return posts
}

// named gives each message its name on the site: 8 hexadecimal digits that follow from
// the seed and say nothing of where it comes from.
func named(seed uint64, messages []message) []post {
	posts, taken := make([]post, len(messages)), map[string]bool{}
	for i, m := range messages {
		id := ""
		for n := uint64(0); id == "" || taken[id]; n++ {
			id = fmt.Sprintf("%08x", uint32(fraction(seed, "name", m.ID, n)*(1<<32)))
		}
		taken[id] = true
		posts[i] = post{message: m, id: id}
	}
	return posts
}

// interleave puts the posts in their order. The places of a topic are dealt to ham and
// spam by a draw in which every deal is equally likely, so that the order of a topic
// tells nothing of what is spam.
func interleave(seed uint64, posts []post) []post {
	topics := map[string][]post{}
	for _, p := range posts {
		topics[p.Topic] = append(topics[p.Topic], p)
	}
	type placed struct {
		at float64
		post
	}
	var all []placed
	for topic, in := range topics {
		for rank, p := range deal(seed, topic, in) {
			all = append(all, placed{(float64(rank) + 0.5) / float64(len(in)), p})
		}
	}
	slices.SortFunc(all, func(a, b placed) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) })
	out := make([]post, len(all))
	for i, p := range all {
		out[i] = p.post
	}
	return out
}

// deal mixes the ham and the spam of a topic, each of which keeps its order.
func deal(seed uint64, topic string, in []post) []post {
	truths := make([]string, len(in))
	queues := map[string][]post{}
	for i, p := range in {
		truths[i] = p.truth
		queues[p.truth] = append(queues[p.truth], p)
	}
	for i := len(truths) - 1; i > 0; i-- { // Fisher and Yates
		j := int(fraction(seed, "deal", topic, uint64(i)) * float64(i+1))
		truths[i], truths[j] = truths[j], truths[i]
	}
	out := make([]post, len(in))
	for i, t := range truths {
		out[i], queues[t] = queues[t][0], queues[t][1:]
	}
	return out
}

// vanish marks exactly the stated share of the posts, those with the least
// draw. The moment is uniform between the post's appearance (or Start) and the
// end of the window; a post that appears after the window gets one of its own.
func vanish(cfg Config, posts []post) {
	order := make([]int, len(posts))
	for i := range order {
		order[i] = i
	}
	draw := func(i int) float64 { return fraction(cfg.Seed, "vanish", posts[i].id, 0) }
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
		u := fraction(cfg.Seed, "moment", p.id, 0)
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

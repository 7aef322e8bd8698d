// Package site is the demo source of the localnet: a small forum that serves a
// real corpus over HTTP and misbehaves as real sites do. Posts appear over
// time, a stated share of them vanishes, and a stated share of fetches fails.
// All of it follows from the seed, so that a scenario can say beforehand how
// noisy its source is. Nothing outside the localnet and tests uses it.
package site

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Defaults of Config.
const (
	DefaultBacklogShare = 0.70
	DefaultBacklogSpan  = 10 * 24 * time.Hour
	DefaultPostInterval = 500 * time.Millisecond
	DefaultVanishShare  = 0.02
	DefaultFailShare    = 0.03
	DefaultVanishWithin = 4 * time.Minute
	DefaultPageSize     = 40
)

// feedSize is the number of entries of an Atom feed.
const feedSize = 50

// Config says what the site publishes and how it misbehaves. Shares lie in
// 0..1 and are taken as they stand; a zero duration or size takes its default.
type Config struct {
	Seed   uint64
	Start  time.Time        // the run's clock at zero; the backlog lies before it
	Now    func() time.Time // the run's clock; nil is time.Now
	Topics []string         // topics to publish; empty is all of the corpus

	BacklogShare float64       // share of the posts that are dated before Start
	BacklogSpan  time.Duration // age of the oldest post at Start
	PostInterval time.Duration // time between two new posts after Start

	VanishShare  float64       // share of the posts that will be gone
	VanishWithin time.Duration // they vanish within this time after Start
	FailShare    float64       // share of fetches that fail
	PageSize     int           // posts on one page of a topic
}

// Defaults is the configuration of the demo for a seed and a start.
func Defaults(seed uint64, start time.Time) Config {
	return Config{Seed: seed, Start: start, BacklogShare: DefaultBacklogShare,
		VanishShare: DefaultVanishShare, FailShare: DefaultFailShare}
}

func (c *Config) complete() error {
	for name, share := range map[string]float64{"backlog": c.BacklogShare, "vanish": c.VanishShare, "fail": c.FailShare} {
		if !(share >= 0 && share <= 1) {
			return fmt.Errorf("open demo site: %s share %v is not in 0..1", name, share)
		}
	}
	if c.Start.IsZero() {
		return fmt.Errorf("open demo site: no start time")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	setDuration(&c.BacklogSpan, DefaultBacklogSpan)
	setDuration(&c.PostInterval, DefaultPostInterval)
	setDuration(&c.VanishWithin, DefaultVanishWithin)
	if c.PageSize <= 0 {
		c.PageSize = DefaultPageSize
	}
	return nil
}

func setDuration(d *time.Duration, def time.Duration) {
	if *d <= 0 {
		*d = def
	}
}

// Site is one forum. It is safe for concurrent use.
type Site struct {
	cfg    Config
	posts  []post // oldest first
	byID   map[string]int
	topics []string // sorted

	mu      sync.Mutex
	fetched map[string]uint64 // requests so far, by known path; bounded by the pages that exist
}

// New builds the site. It fails on shares out of range and on unknown topics.
func New(cfg Config) (*Site, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	messages, err := corpus()
	if err != nil {
		return nil, err
	}
	messages, topics, err := pick(messages, cfg.Topics)
	if err != nil {
		return nil, err
	}
	s := &Site{cfg: cfg, topics: topics, posts: schedule(cfg, messages), byID: map[string]int{}, fetched: map[string]uint64{}}
	for i, p := range s.posts {
		s.byID[p.id] = i
	}
	return s, nil
}

// Topics lists the slugs of the topics, sorted.
func (s *Site) Topics() []string { return slices.Clone(s.topics) }

// Visible is the number of posts that can be read now.
func (s *Site) Visible() int { return len(s.visible("", s.cfg.Now())) }

// VisibleIn is the number of posts of one topic that can be read now.
func (s *Site) VisibleIn(topic string) int { return len(s.visible(topic, s.cfg.Now())) }

// Words are the distinct words of all posts, sorted: what someone who invents
// posts of this forum would write with.
func (s *Site) Words() []string {
	var out []string
	for _, p := range s.posts {
		out = append(out, strings.Fields(p.Body)...)
	}
	slices.Sort(out)
	return slices.Clip(slices.Compact(out))
}

// visible gives the posts that can be read at t, newest first; an empty topic is all.
func (s *Site) visible(topic string, t time.Time) []post {
	var out []post
	for _, p := range slices.Backward(s.posts) {
		if (topic == "" || p.Topic == topic) && p.state(t) == shown {
			out = append(out, p)
		}
	}
	return out
}

// Noise states how far the site is from a perfect source. It is part of a
// scenario: controls and tests measure against it.
type Noise struct {
	Posts     int       // posts that will ever exist
	Backlog   int       // of them dated before Start
	Vanishing int       // of them that vanish; exactly round(VanishShare × Posts)
	VanishBy  time.Time // all posts that appeared by then and are to vanish have vanished
	LastPost  time.Time // when the newest post appears

	VanishShare float64
	// FailShare is the probability that one fetch of a page, list or feed fails.
	// A third each: status 503, connection cut within the header, body cut
	// halfway. robots.txt never fails. The draw is a hash of seed, path
	// and the number of earlier fetches of that path, so that a second try is an independent draw.
	FailShare float64
}

// Noise states the site's misbehaviour.
func (s *Site) Noise() Noise {
	n := Noise{Posts: len(s.posts), VanishShare: s.cfg.VanishShare, FailShare: s.cfg.FailShare,
		VanishBy: s.cfg.Start.Add(s.cfg.VanishWithin)}
	for _, p := range s.posts {
		if !p.appears.After(s.cfg.Start) {
			n.Backlog++
		}
		if !p.vanishes.IsZero() {
			n.Vanishing++
		}
		n.LastPost = p.appears
	}
	return n
}

package main

import (
	"cmp"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strings"
)

const (
	target   = 1500 // ham in the corpus
	minTopic = 80   // messages; a smaller list goes to misc
	maxTopic = 8    // lists kept by name
	misc     = "misc"
)

var (
	angle = regexp.MustCompile(`<([^<>]+)>`)
	dull  = regexp.MustCompile(`[^a-z0-9]+`)
)

// listOf is the slug of the mailing list that carried the message, or misc.
func listOf(msg *mail.Message) string {
	for _, name := range []string{"List-Id", "X-Mailing-List", "X-Beenthere"} {
		if v := msg.Header.Get(name); v != "" {
			if at := angle.FindStringSubmatch(v); at != nil {
				v = at[1]
			}
			return slug(v)
		}
	}
	for _, name := range []string{"To", "Cc"} {
		to := strings.ToLower(msg.Header.Get(name))
		if i := strings.Index(to, "@yahoogroups.com"); i > 0 {
			start := strings.LastIndexAny(to[:i], `<"' ,`) + 1
			return slug(to[start:])
		}
	}
	return misc
}

// slug keeps what stands before the first dot or @ of a list's name.
func slug(v string) string {
	v = strings.ToLower(v)
	if i := strings.IndexAny(v, ".@"); i > 0 {
		v = v[:i]
	}
	if v = strings.Trim(dull.ReplaceAllString(v, "-"), "-"); v == "" {
		return misc
	}
	return v
}

func byTime(a, b message) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID)) }

// distinct sorts by time and drops doubles, which are equal after white space is
// collapsed, and what is too long to be posted.
func distinct(all []message, most int) []message {
	slices.SortFunc(all, byTime)
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(m message) bool {
		key := strings.Join(strings.Fields(m.Body), " ")
		double := seen[key]
		seen[key] = true
		return double || len(m.Body) > most
	})
}

// chooseHam groups the small lists as misc and thins the large topics evenly over
// their time until the target is met; rest is what is left over.
func chooseHam(all []message) (out, rest []message) {
	counts := map[string]int{}
	for _, m := range all {
		counts[m.Topic]++
	}
	named := sortedTopics(counts)
	named = slices.DeleteFunc(named, func(t string) bool { return t == misc || counts[t] < minTopic })
	named = named[:min(len(named), maxTopic)]
	topics := map[string][]message{}
	for _, m := range all {
		if !slices.Contains(named, m.Topic) {
			m.Topic = misc
		}
		topics[m.Topic] = append(topics[m.Topic], m)
	}
	limit := fill(topics)
	for _, t := range slices.Sorted(maps.Keys(topics)) {
		in := topics[t]
		n, taken := min(len(in), limit), 0
		for i, m := range in {
			if taken < n && i == taken*len(in)/n {
				out = append(out, m)
				taken++
			} else {
				rest = append(rest, m)
			}
		}
	}
	return out, rest
}

// fill is the greatest number per topic with which the corpus stays within the target.
func fill(topics map[string][]message) int {
	for limit := 1; ; limit++ {
		total, more := 0, false
		for _, in := range topics {
			total += min(len(in), limit)
			more = more || len(in) > limit
		}
		if total > target {
			return limit - 1
		}
		if !more {
			return limit
		}
	}
}

// sortedTopics lists topics by falling count, then name.
func sortedTopics(counts map[string]int) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b))
	})
}

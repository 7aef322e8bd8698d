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
	target   = 1500 // messages in the corpus
	minTopic = 80   // messages; a smaller list goes to misc
	maxTopic = 8    // lists kept by name
	misc     = "misc"
)

var address = regexp.MustCompile(`[^\s@<>()\[\]{},;:"'|=]+@[^\s@<>()\[\]{},;:"'|=]+|[\w.+-]+%40[\w.-]+`)

// mask hides every address, also the obfuscated form with " at " and " dot ",
// and then any other sign that could join one.
func mask(s string) string {
	s = spelled.ReplaceAllString(s, "a***@example")
	s = address.ReplaceAllString(s, "a***@example")
	kept := strings.Split(s, "a***@example")
	for i := range kept {
		kept[i] = strings.ReplaceAll(kept[i], "@", " at ")
	}
	return strings.Join(kept, "a***@example")
}

var spelled = regexp.MustCompile(`(?i)\b[\w.+-]+ (\[|\()?at(\]|\))? [\w-]+ (\[|\()?dot(\]|\))? \w+\b`)

// author is the display name, or the masked address where there is none.
func author(msg *mail.Message) string {
	name := header(msg, "From")
	if a, err := mail.ParseAddress(name); err == nil && a.Name != "" {
		name = a.Name
	} else if open := strings.LastIndex(name, "("); open >= 0 && strings.HasSuffix(name, ")") {
		name = name[open+1 : len(name)-1] // the old form: address (Name)
	} else if open := strings.LastIndex(name, "<"); open > 0 {
		name = name[:open]
	}
	name = strings.Trim(strings.TrimSpace(name), `"' `)
	if name = mask(name); name == "" {
		return "a***@example"
	}
	return name
}

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

// choose drops doubles, groups the small lists as misc and thins the large
// topics evenly over their time until the target is met.
func choose(all []message) []message {
	slices.SortFunc(all, func(a, b message) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID)) })
	seen := map[string]bool{}
	all = slices.DeleteFunc(all, func(m message) bool {
		key := strings.Join(strings.Fields(m.Body), " ")
		double := seen[key]
		seen[key] = true
		return double
	})
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
	var out []message
	for _, t := range slices.Sorted(maps.Keys(topics)) {
		in := topics[t]
		n := min(len(in), limit)
		for i := range n {
			out = append(out, in[i*len(in)/n])
		}
	}
	return out
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

package program

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/yamlfile"
)

// MaxBytes bounds a program file.
const MaxBytes = 64 << 10

// answerBytes is what the drawn items of one answer may come to; a character has
// at most four bytes.
const answerBytes = 3 << 20

var slug = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// Decode reads a program file strictly: a file is one plain YAML document; an unknown
// key, a value of another form or out of range is a mistake, and all mistakes of a
// kind are reported together, in an *Error. What is left out is zero, which is in
// range only where zero means something: no controls, no noise, no gold.
func Decode(source []byte) (*Program, error) {
	p := new(Program)
	r := yamlfile.Read("program file", source, MaxBytes, p)
	if len(r.Mistakes) == 0 {
		p.check(func(ok bool, format string, args ...any) {
			if !ok {
				r.Bad(format, args...)
			}
		})
	}
	if len(r.Mistakes) > 0 {
		e := &Error{Mistakes: r.Mistakes}
		if name, _ := r.Text("name"); slug.MatchString(name) {
			e.Name = name
		}
		return nil, e
	}
	p.id = idOf(p.Name)
	p.setDemand()
	return p, nil
}

// Bind returns the source text of the program with the hosts of the named source
// replaced. The localnet binds the demo's source to the port it got.
func (p *Program) Bind(source string, hosts ...string) ([]byte, error) {
	bound := *p
	bound.Sources = slices.Clone(p.Sources)
	i := slices.IndexFunc(bound.Sources, func(s Source) bool { return s.Name == source })
	if i < 0 {
		return nil, fmt.Errorf("bind program %q: no source %q", p.Name, source)
	}
	bound.Sources[i].Hosts = hosts
	out, err := yaml.Marshal(&bound)
	if err != nil {
		return nil, fmt.Errorf("bind program %q: %w", p.Name, err)
	}
	return out, nil
}

func (p *Program) check(bad func(ok bool, format string, args ...any)) {
	bad(slug.MatchString(p.Name), "name: %q, want lower-case letters, digits and dashes, at most 32", shown(p.Name))
	switch {
	case p.Judges():
		p.checkLabelling(bad)
	case p.Kind == item.KindRecord.String():
		p.checkCollected(bad)
	default:
		bad(false, "kind: %q, want record or judgement", shown(p.Kind))
	}
}

// checkCollected checks a program of kind record.
func (p *Program) checkCollected(bad func(ok bool, format string, args ...any)) {
	for _, of := range []struct {
		key   string
		unset bool
	}{{"question", p.Question == ""}, {"guidelines", p.Guidelines == ""}, {"answers", p.Answers.unset()}, {"items", p.Items == Items{}}, {"labelling", p.Labelling == Labelling{}}} {
		bad(of.unset, "%s: belongs to a program of kind judgement", of.key)
	}
	bad(p.Task == "collect", "task: %q, want collect", shown(p.Task))
	bad(len(p.Sources) > 0, "sources: at least one is needed")
	bad(len(p.Labels) > 0, "labels: at least one is needed")
	bad(p.CellCount() <= MaxCells, "sources × labels: %d cells, at most %d are allowed", p.CellCount(), MaxCells)
	seen := map[string]bool{}
	for _, s := range p.Sources {
		bad(slug.MatchString(s.Name), "sources: name %q, want lower-case letters, digits and dashes", s.Name)
		bad(len(s.Hosts) > 0, "sources: %s: at least one host is needed", s.Name)
		for _, h := range append([]string{"source " + s.Name}, s.Hosts...) {
			bad(!seen[h], "sources: %s stands twice", h)
			seen[h] = true
		}
		for _, h := range s.Hosts {
			bad(isHost(h), "sources: %s: %q is no host, write example.org or example.org:8080, in lower case", s.Name, h)
		}
	}
	for _, l := range p.Labels {
		bad(l != "" && !seen["label "+l], "labels: %q is empty or stands twice", l)
		seen["label "+l] = true
	}
	for _, d := range p.Value.Demand {
		bad(p.cellOf(d) >= 0, "value.demand: no cell %s/%s", d.Source, d.Label)
		bad(d.Weight >= 0 && d.Weight <= 1000, "value.demand: %s/%s: weight %v, want 0 to 1000", d.Source, d.Label, d.Weight)
	}
	p.checkRanges(bad)
}

// isHost reports whether a canonical URI can have this host, or host and port. A
// scheme's own port is left out there, but is right with the other scheme.
func isHost(h string) bool {
	for _, scheme := range []string{"http://", "https://"} {
		page := scheme + h + "/"
		if uri, err := item.CanonicalURI(page); err == nil && uri == page && !strings.ContainsAny(h, "/?#@") {
			return true
		}
	}
	return false
}

func (p *Program) checkRanges(bad func(ok bool, format string, args ...any)) {
	v, c, s := p.Value, p.Checks, p.Schema
	bad(v.HalfLife >= time.Second, "value.half_life: %s, want at least 1s", v.HalfLife)
	bad(v.MaxAge >= v.HalfLife, "value.max_age: %s, want at least half_life", v.MaxAge)
	bad(v.HalfBytes >= 1, "value.half_bytes: want at least 1")
	bad(v.Span >= time.Minute && v.Span%time.Second == 0, "value.span: %s, want whole seconds, at least 1m", v.Span)
	bad(c.Draws >= 1 && c.Draws <= 32, "checks.draws: %d, want 1 to 32", c.Draws)
	bad(c.Controls >= 0 && c.Controls <= 32, "checks.controls: %d, want 0 to 32", c.Controls)
	bad(c.Noise >= 0 && c.Noise <= 0.2, "checks.noise: %v, want 0 to 0.2", c.Noise)
	bad(c.ClockSkew >= 0 && c.ClockSkew <= time.Hour, "checks.clock_skew: %s, want 0 to 1h", c.ClockSkew)
	bad(s.BodyMax >= 1 && s.BodyMax <= answerBytes/4, "schema.body_max: %d, want 1 to %d", s.BodyMax, answerBytes/4)
	bad(s.BodyMin >= 0 && (s.BodyMin <= s.BodyMax || s.BodyMax < 1), "schema.body_min: %d, want 0 to body_max, which is %d", s.BodyMin, s.BodyMax)
	if all := c.Draws * s.BodyMax * 4; c.Draws <= 32 && s.BodyMax <= answerBytes/4 {
		bad(all <= answerBytes, "checks.draws × schema.body_max: the items of one answer may have %d bytes, at most %d are allowed", all, answerBytes)
	}
	bad(s.TitleMax > 0, "schema.title_max: %d, want at least 1", s.TitleMax)
}

// MostDraws is how many items of the program certainly fit into one answer.
func (p *Program) MostDraws() int { return answerBytes / (p.Schema.BodyMax * 4) }

func (p *Program) cellOf(d Demand) int {
	s := slices.IndexFunc(p.Sources, func(s Source) bool { return s.Name == d.Source })
	l := slices.Index(p.Labels, d.Label)
	if s < 0 || l < 0 {
		return -1
	}
	return s*len(p.Labels) + l
}

func (p *Program) setDemand() {
	p.demand = make([]float64, p.CellCount())
	for i := range p.demand {
		p.demand[i] = 1
	}
	if p.Judges() {
		p.demand[0] = p.Labelling.Demand
	}
	for _, d := range p.Value.Demand {
		p.demand[p.cellOf(d)] = d.Weight
	}
}

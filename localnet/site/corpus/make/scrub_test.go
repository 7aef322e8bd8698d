package main

import (
	"regexp"
	"strings"
	"testing"
)

func TestScrubHidesNumbersOfPeople(t *testing.T) {
	for text, want := range map[string]string{
		"call +353 (0)86 8768780 today":                    "call +### (#)## ####### today",
		"Voice: (620) 235-4606":                            "Voice: (###) ###-####",
		"1-800-FLOWERS now":                                "#-###-####### now",
		"415.863.5459":                                     "###.###.####",
		"Tel 01 8832063":                                   "Tel ## #######",
		"ICQ: 132152059":                                   "ICQ: #########",
		"P.O. Box 123, Austin, TX  78701":                  "P.O. Box ###, Austin, TX  #####",
		"44 Farquhar Street, Boston":                       "## Farquhar Street, Boston",
		"card 4111 1111 1111 1111":                         "card #### #### #### ####",
		"SSN 078-05-1120":                                  "SSN ###-##-####",
		"kernel 2.4.18-27.7, 2002-08-22 10:30, $1,000,000": "kernel 2.4.18-27.7, 2002-08-22 10:30, $1,000,000",
		"http://10.20.30.40/p?o=320 and 128 MB of 256":     "http://10.20.30.40/p?o=320 and 128 MB of 256",
	} {
		if got := scrub(text); got != want {
			t.Errorf("scrub(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestPseudonymsHaveOneForm(t *testing.T) {
	form := regexp.MustCompile(`^[A-Z][a-z]+ [A-Z][a-z]+ \d{1,2}$`)
	seen := map[string]bool{}
	for _, a := range []string{"", "ann", "bob", "someone@example.com", "mr. x", "伊東 仁", "iq - tba", "<y>"} {
		p := pseudonym(a)
		if !form.MatchString(p) || p != pseudonym(a) || seen[p] {
			t.Errorf("pseudonym of %q is %q", a, p)
		}
		seen[p] = true
	}
}

func TestDecent(t *testing.T) {
	plain := strings.Repeat("A letter about nothing in particular. ", 10)
	for body, want := range map[string]bool{
		plain:                       true,
		plain + "<b>one</b>":        true,
		plain + "<html><body><p>x":  false,
		plain + "hot sexy pictures": false,
		plain + "\uFFFD":            false,
		strings.Repeat("¦æ°Ê¹q¸Ü text ", 9): false,
	} {
		if got := decent(message{Title: "Title", Body: body}); got != want {
			t.Errorf("decent(%q…) = %t", body[len(body)-20:], got)
		}
	}
}

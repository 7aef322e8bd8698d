package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/mail"
	"regexp"
	"strings"
)

var (
	address = regexp.MustCompile(`[^\s@<>()\[\]{},;:"'|=]+@[^\s@<>()\[\]{},;:"'|=]+|[\w.+-]+%40[\w.-]+`)
	spelled = regexp.MustCompile(`(?i)\b[\w.+-]+ (\[|\()?at(\]|\))? [\w-]+ (\[|\()?dot(\]|\))? \w+\b`)
)

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

// numbers are what leads to a person: telephone numbers, in the forms that people
// write them in, and numbers of accounts, cards, houses and post boxes.
var numbers = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\b(tel|telephone|phone|fax|mobile|cell|call|voice|pager|hotline)\b[^\d\n]{0,24}[+(]?\d[\d ().\-/]{5,}\d`),
	regexp.MustCompile(`\+\d[\d ().\-/]{6,}\d`),
	regexp.MustCompile(`(\b1[-. ])?(\(\d{3}\) ?|\b\d{3}[-. /])\d{3}[-. ]\d{4}\b`),
	regexp.MustCompile(`\b1?[-. ]?\(?8(00|55|66|77|88)\)?[-. ][A-Za-z\d][A-Za-z\d-]{5,}\b`),
	regexp.MustCompile(`\b\d{3}-\d{4}\b`),
	regexp.MustCompile(`(?m)(^|[\s:(])(0\d{1,4}[- ]\d{3}[- ]?\d{3,5}|0\d{9,10}|\d{2,3}-\d{1,4}-\d{5,8}|1[58]\d\d \d{3} \d{3})\b`),
	regexp.MustCompile(`\b\d{3}-\d{2}-\d{4}\b|\b\d{4}-\d{4}-\d{4}-\d{4}\b|\b[3-6]\d{3} \d{4} \d{4} \d{4}\b`),
	regexp.MustCompile(`(?i)\b(account|acct|card|passport|icq)\b[^\d\n]{0,12}\d{6,}`),
	regexp.MustCompile(`(?i)\bp\.? ?o\.? ?box:? *\d+`),
	regexp.MustCompile(`\b\d{1,5} +([NSEW]\.? +)?(([A-Z][A-Za-z.'-]+|\d+(st|nd|rd|th)) +){1,3}(Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Drive|Dr|Lane|Ln|Court|Ct|Way|Highway|Hwy|Parkway|Pkwy|Place|Pl|Square|Suite|Terrace)\b(\.?,? *(Suite|Ste|Apt|Unit|#)\.? *#? *\w+)?`),
	regexp.MustCompile(`\b[A-Z][a-z]+\.?,? +[A-Z]{2}\.?,? +\d{5}(-\d{4})?\b`),
}

var (
	digit  = regexp.MustCompile(`\d`)
	vanity = regexp.MustCompile(`[A-Za-z]`)
)

// scrub puts # for each digit of such numbers. The length stays as it was.
func scrub(s string) string {
	for i, n := range numbers {
		s = n.ReplaceAllStringFunc(s, func(found string) string {
			if i == tollFree {
				found = vanity.ReplaceAllString(found, "#")
			}
			return digit.ReplaceAllString(found, "#")
		})
	}
	return s
}

// tollFree is the one of the numbers that may be spelled in letters.
const tollFree = 3

// author is the display name, or the address where there is none.
func author(msg *mail.Message) string {
	name := header(msg, "From")
	if a, err := mail.ParseAddress(name); err == nil && a.Name != "" {
		name = a.Name
	} else if open := strings.LastIndex(name, "("); open >= 0 && strings.HasSuffix(name, ")") {
		name = name[open+1 : len(name)-1] // the old form: address (Name)
	} else if open := strings.LastIndex(name, "<"); open > 0 {
		name = name[:open]
	}
	return strings.ToLower(strings.Trim(strings.TrimSpace(name), `"' `))
}

// pseudonym stands for an author on all of his or her messages. Spam often has no name
// and ham has, so that names would tell the two apart; this says nothing but who is the
// same.
func pseudonym(author string) string {
	sum := sha256.Sum256([]byte("author " + author))
	n := binary.BigEndian.Uint64(sum[:8])
	first := firstNames[n%uint64(len(firstNames))]
	n /= uint64(len(firstNames))
	second := secondNames[n%uint64(len(secondNames))]
	return fmt.Sprintf("%s %s %d", first, second, n/uint64(len(secondNames))%100)
}

var (
	firstNames = strings.Fields(`Amber Autumn Brisk Calm Cedar Clear Copper Coral Dawn Early Fern Gentle Golden Grey Hazel Indigo
		Ivory Jade Keen Linen Maple Mellow Misty North Olive Quiet Rapid Silver Steady Tidal Umber Winter`)
	secondNames = strings.Fields(`Badger Beech Brook Crane Curlew Dale Falcon Finch Forest Grove Harbour Heath Heron Hill Island Lake
		Lark Marsh Meadow Moor Otter Plover Ridge River Robin Rowan Sparrow Stone Swift Thrush Valley Willow`)
)

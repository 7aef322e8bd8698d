package item

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCanonicalURI(t *testing.T) {
	for raw, want := range map[string]string{
		"http://example.com":                             "http://example.com/",
		"HTTP://EXAMPLE.com:80":                          "http://example.com/",
		"https://example.com:443/a":                      "https://example.com/a",
		"https://example.com:80/a":                       "https://example.com:80/a",
		"http://example.com:/":                           "http://example.com/",
		"http://example.com:0080/":                       "http://example.com/",
		"http://example.com:008080/":                     "http://example.com:8080/",
		"http://example.com./a":                          "http://example.com/a",
		"https://Bücher.example/":                        "https://xn--bcher-kva.example/",
		"https://XN--BCHER-KVA.example/":                 "https://xn--bcher-kva.example/",
		"https://a_b.r3---sn.example/":                   "https://a_b.r3---sn.example/",
		"http://127.0.0.1:8080/x":                        "http://127.0.0.1:8080/x",
		"http://[::1]:80/":                               "http://[::1]/",
		"http://[2001:DB8:0:0:0:0:0:1]:8080/":            "http://[2001:db8::1]:8080/",
		"http://h/a/./b/../c":                            "http://h/a/c",
		"http://h/a/b/..":                                "http://h/a/",
		"http://h/a/.":                                   "http://h/a/",
		"http://h/../../a":                               "http://h/a",
		"http://h/..":                                    "http://h/",
		"http://h//a//":                                  "http://h//a//",
		"http://h/%2e%2E/a":                              "http://h/a",
		"http://h/a/%2e":                                 "http://h/a/",
		"http://h/%7euser/%41%2f%3f":                     "http://h/~user/A%2F%3F",
		"http://h/ü x|":                                  "http://h/%C3%BC%20x%7C",
		"http://h/a;v=1,2":                               "http://h/a;v=1,2",
		"http://h/a#part":                                "http://h/a",
		"http://h#part":                                  "http://h/",
		"http://h/a?":                                    "http://h/a",
		"http://h?b=2&a=1":                               "http://h/?a=1&b=2",
		"http://h/?b=2&&a=1&":                            "http://h/?a=1&b=2",
		"http://h/?a=2&b=3&a=1":                          "http://h/?a=2&a=1&b=3",
		"http://h/?a=2&a2=3&a=1":                         "http://h/?a=2&a=1&a2=3",
		"http://h/?a=%c3%bc+%41&b":                       "http://h/?a=%C3%BC+A&b",
		"http://h/?q=a%26b":                              "http://h/?q=a%26b",
		"http://h/?next=http://x/?y":                     "http://h/?next=http://x/?y",
		"http://h/?id=7&utm_source=a&UTM_medium=b":       "http://h/?id=7",
		"http://h/?fbclid=1&gclid=2&mc_eid=3&ref_src=4":  "http://h/",
		"http://h/?%75tm_source=a&igshid=1&utmost=1&ref": "http://h/?ref&utmost=1",
		"http://h/?p=1#utm_source":                       "http://h/?p=1",
		"FILE:///srv/Data/a.jsonl#3":                     "file:///srv/Data/a.jsonl#3",
		"urn:isbn:0451450523":                            "urn:isbn:0451450523",
		"DOI:10.1000/182":                                "doi:10.1000/182",
		"git+SSH:x":                                      "git+ssh:x",
	} {
		if got, err := CanonicalURI(raw); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", raw, got, err, want)
		}
	}
}

func TestCanonicalURIRefuses(t *testing.T) {
	for _, raw := range []string{
		"", "a", "/a", "//h/a", ":a", "http:", "file:", "1http://h/", "ht tp://h/", "http:a", "http:/a", "http://", "http:///a", "http://?a", "http://:80/",
		"http://user@h/", "http://user:secret@h/", "http://h:http/", "http://h:0/", "http://h:65536/", "http://h:+80/", "http://h:99999999999999999999/",
		"http://a..b/", "http://.a/", "http://h../", "http://h%41/", "http://h\\a/", "http://h i/", "http://xn--a/", "http://\u2603\u0301:x/",
		"http://0x7f.1/", "http://2130706433/", "http://127.1/", "http://1.2.3.4.5/", "http://1.2.3.04/", "http://256.1.1.1/",
		"http://[::1/", "http://[::1]x/", "http://[1.2.3.4]/", "http://[fe80::1%25eth0]/", "http://::1/",
		"http://h/%", "http://h/%4", "http://h/%zz", "http://h/?a=%", "http://h/\x00", "http://h/a\nb", "http://h/\x7f", "http://h/\xff", "urn:a b", "urn:\x01",
		"http://" + strings.Repeat("a", 64) + "/", "http://" + strings.Repeat("a.", 130) + "b/",
		"http://h/" + strings.Repeat("a", MaxURI), "http://h/" + strings.Repeat("ü", MaxURI/3),
	} {
		if got, err := CanonicalURI(raw); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: got %q, %v", raw, got, err)
		}
	}
}

func TestCanonicalURIIsIdempotent(t *testing.T) {
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SampledFrom([]string{"http://", "HTTPS://", "file:", "urn:"}).Draw(t, "scheme") +
			rapid.StringMatching(`[a-zA-Zéß.]{1,8}(:[0-9]{0,4})?`).Draw(t, "authority") +
			rapid.StringMatching(`(/[a-zA-Z.%~é ]{0,3}(%2[eEfF5]|%[cC]3|%7e)?){0,4}`).Draw(t, "path") +
			rapid.StringMatching(`(\?(&|[a-c]=?|utm_|%2[6b]|[é/?+]){0,8})?(#.?)?`).Draw(t, "query")
		once, err := CanonicalURI(raw)
		if err != nil {
			return
		}
		taken++
		if again, err := CanonicalURI(once); err != nil || again != once {
			t.Fatalf("%q gives %q, which gives %q, %v", raw, once, again, err)
		}
	})
	if taken < 10 {
		t.Fatalf("only %d URIs were taken", taken)
	}
}

// Of a plain address every rule leaves each byte as it is.
func TestPlainURIsAreCanonical(t *testing.T) {
	rest := rapid.StringOfN(rapid.RuneFrom([]rune("abcxn019AZ.-_~/:@?#%")), 0, 16, -1)
	seen := 0
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SampledFrom([]string{"http://", "https://", "https://a.bc/", "http://x1.y/"}).Draw(t, "scheme") + rest.Draw(t, "rest")
		if !isPlainURI(raw) {
			return
		}
		seen++
		if got, err := canonicalURI(raw); err != nil || got != raw {
			t.Fatalf("%s is taken to be canonical, which is %q, %v", raw, got, err)
		}
	})
	if seen == 0 {
		t.Error("no address was plain")
	}
}

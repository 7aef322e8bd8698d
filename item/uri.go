package item

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// CanonicalURI gives a source one spelling, so that one page has one content id.
// It is idempotent; errors wrap ErrInvalid.
//
// For http and https: scheme and host in lower case, the host in ASCII (IDNA) or
// as a plain IP address, the default port, the fragment, empty and tracking
// parameters dropped, the other parameters sorted by name (those of one name
// keep their order), dot segments resolved, unreserved characters bare and all
// else that a URI cannot hold percent-encoded in upper case. A URI with user
// information is refused: it is not ours to publish.
//
// Any other scheme is lower-cased and the rest is left as it is.
func CanonicalURI(raw string) (string, error) {
	if isPlainURI(raw) {
		return raw, nil
	}
	once, err := canonicalURI(raw)
	if err != nil {
		return "", fmt.Errorf("canonical URI: %w", err)
	}
	// Being idempotent is what makes it canonical, so it is checked rather than
	// believed of the IDNA tables.
	if again, err := canonicalURI(once); err != nil || again != once {
		return "", fmt.Errorf("canonical URI: %w: it has no stable form", ErrInvalid)
	}
	return once, nil
}

// isPlainURI knows web addresses of which every rule leaves each byte as it is, as most
// are: so they are read once, and not four times.
func isPlainURI(raw string) bool {
	rest, ok := strings.CutPrefix(raw, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(raw, "http://")
	}
	host, path, found := strings.Cut(rest, "/")
	if !ok || !found || len(raw) > MaxURI || len(host) > 63 {
		return false
	}
	before := byte('.')
	for _, c := range []byte(host) { // labels of letters that single hyphens divide
		if (c < 'a' || c > 'z') && (c != '.' && c != '-' || before == '.' || before == '-') {
			return false
		}
		before = c
	}
	if before == '.' || before == '-' {
		return false
	}
	before = '/'
	for _, c := range []byte(path) { // no segment begins with a dot
		if !isUnreserved(c) && c != '/' || c == '.' && before == '/' {
			return false
		}
		before = c
	}
	return true
}

func canonicalURI(raw string) (string, error) {
	if err := checkLine("URI", raw, MaxURI); err != nil {
		return "", err
	}
	scheme, rest, ok := strings.Cut(raw, ":")
	if !ok || !isScheme(scheme) || rest == "" {
		return "", fmt.Errorf("%w: URI has no scheme, or nothing behind it", ErrInvalid)
	}
	scheme = strings.ToLower(scheme)
	var err error
	if scheme == "http" || scheme == "https" {
		rest, err = canonicalWeb(scheme, rest)
	} else if strings.ContainsRune(rest, ' ') {
		err = fmt.Errorf("%w: URI holds a space", ErrInvalid)
	}
	if err != nil {
		return "", err
	}
	if len(scheme)+1+len(rest) > MaxURI {
		return "", fmt.Errorf("%w: URI is over %d bytes", ErrInvalid, MaxURI)
	}
	return scheme + ":" + rest, nil
}

func isScheme(s string) bool {
	for i, c := range []byte(s) {
		switch {
		case isLetter(c):
		case i > 0 && (isDigit(c) || c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return s != ""
}

// canonicalWeb is what follows the colon of an http or https URI.
func canonicalWeb(scheme, rest string) (string, error) {
	rest, ok := strings.CutPrefix(rest, "//")
	if !ok {
		return "", fmt.Errorf("%w: URI has no host", ErrInvalid)
	}
	rest, _, _ = strings.Cut(rest, "#")
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	authority, err := canonicalAuthority(scheme, rest[:end])
	if err != nil {
		return "", err
	}
	path, query, _ := strings.Cut(rest[end:], "?")
	if path, err = escape(path, "/:@!$&'()*+,;="); err != nil {
		return "", err
	}
	if query, err = canonicalQuery(query); err != nil {
		return "", err
	}
	return "//" + authority + resolveDots(path) + query, nil
}

func canonicalAuthority(scheme, authority string) (string, error) {
	if strings.ContainsRune(authority, '@') {
		return "", fmt.Errorf("%w: URI holds user information", ErrInvalid)
	}
	host, port := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		host, port = authority[:i], authority[i+1:]
	}
	host, err := canonicalHost(host)
	if err != nil || port == "" {
		return host, err
	}
	if strings.Trim(port, "0123456789") != "" {
		return "", fmt.Errorf("%w: URI has port %q", ErrInvalid, port)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil || n == 0:
		return "", fmt.Errorf("%w: URI has port %q", ErrInvalid, port)
	case scheme == "http" && n == 80, scheme == "https" && n == 443:
		return host, nil
	}
	return host + ":" + strconv.FormatUint(n, 10), nil
}

// canonicalHost is a name in ASCII, an IPv4 address, or an IPv6 address in
// brackets. Names are looser than IDNA where they are ASCII already (the web has
// hosts with underscores and double hyphens).
func canonicalHost(host string) (string, error) {
	bad := func() (string, error) { return "", fmt.Errorf("%w: URI has host %q", ErrInvalid, host) }
	if inner, ok := strings.CutPrefix(host, "["); ok {
		ip, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !strings.HasSuffix(inner, "]") || !ip.Is6() || ip.Zone() != "" {
			return bad()
		}
		return "[" + ip.String() + "]", nil
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if !isHostName(name) || strings.Contains(name, "xn--") {
		var err error
		if name, err = idna.Lookup.ToASCII(strings.TrimSuffix(host, ".")); err != nil || !isHostName(name) {
			return bad()
		}
	}
	labels := strings.Split(name, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 {
			return bad()
		}
	}
	if last := labels[len(labels)-1]; isDigit(last[0]) && len(name) <= 253 {
		// What ends in a number is an address to every client, so it must be a plain one.
		ip, err := netip.ParseAddr(name)
		if err != nil || !ip.Is4() {
			return bad()
		}
	}
	if len(name) > 253 {
		return bad()
	}
	return name, nil
}

func isHostName(s string) bool {
	for _, c := range []byte(s) {
		if !('a' <= c && c <= 'z' || isDigit(c) || c == '-' || c == '_' || c == '.') {
			return false
		}
	}
	return s != ""
}

// canonicalQuery is "" or a question mark and the parameters that are kept.
func canonicalQuery(query string) (string, error) {
	type parameter struct{ name, text string }
	var kept []parameter
	for text := range strings.SplitSeq(query, "&") {
		if text == "" {
			continue
		}
		text, err := escape(text, "/?:@!$'()*+,;=")
		if err != nil {
			return "", err
		}
		name, _, _ := strings.Cut(text, "=")
		if !isTracking(strings.ToLower(name)) {
			kept = append(kept, parameter{name, text})
		}
	}
	if len(kept) == 0 {
		return "", nil
	}
	slices.SortStableFunc(kept, func(a, b parameter) int { return strings.Compare(a.name, b.name) })
	var b strings.Builder
	for i, p := range kept {
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString(p.text)
	}
	return b.String(), nil
}

// isTracking knows the parameters that say how a reader came to a page and never
// which page it is.
func isTracking(name string) bool {
	switch name {
	case "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "ttclid", "twclid", "li_fat_id",
		"mc_cid", "mc_eid", "mkt_tok", "ref_src", "ref_url", "igsh", "igshid", "srsltid", "_ga", "_gl", "_hsenc", "_hsmi", "vero_id":
		return true
	}
	return strings.HasPrefix(name, "utm_")
}

// escape normalises percent-encoding: unreserved characters are bare, those of
// keep stay as they are found, and everything else is encoded.
func escape(s, keep string) (string, error) {
	const upperHex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c, encoded := s[i], false
		if c == '%' {
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return "", fmt.Errorf("%w: URI holds a broken percent escape", ErrInvalid)
			}
			c, encoded = unhex(s[i+1])<<4|unhex(s[i+2]), true
			i += 2
		}
		if isUnreserved(c) || !encoded && c < utf8.RuneSelf && strings.IndexByte(keep, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upperHex[c>>4])
		b.WriteByte(upperHex[c&15])
	}
	return b.String(), nil
}

// resolveDots removes "." and ".." segments (RFC 3986, 5.2.4) from the path of a
// URI with a host. The result begins with a slash.
func resolveDots(path string) string {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	kept := segments[:0]
	for i, s := range segments {
		last := i == len(segments)-1
		switch s {
		case ".":
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		default:
			kept = append(kept, s)
			continue
		}
		if last {
			kept = append(kept, "")
		}
	}
	return "/" + strings.Join(kept, "/")
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isHex(c byte) bool    { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func isUnreserved(c byte) bool {
	return isLetter(c) || isDigit(c) || c == '-' || c == '.' || c == '_' || c == '~'
}

// unhex is the value of a hex digit.
func unhex(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

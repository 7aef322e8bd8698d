package source

import "bytes"

// maxTags bounds the tags of a page, and with them the work of parsing it.
const maxTags = 60_000

// tame renames formatting tags to span and counts tags; ok is false when there
// are too many. The HTML rules reopen each unclosed formatting element in every
// paragraph that follows, so that a page of some kilobytes could grow to
// gigabytes of nodes. As spans they keep their place and attributes and say as much about the text.
//
// The bytes are searched without regard to context, because what a parser
// takes for a tag always reads like one, and a second opinion on
// context would be a second parser to deceive. A tag quoted in a script or an attribute
// is renamed as well, equally for everyone.
func tame(page []byte) (out []byte, ok bool) {
	out = make([]byte, 0, len(page)+len(page)/8)
	tags := 0
	for {
		i := bytes.IndexByte(page, '<')
		if i < 0 {
			return append(out, page...), true
		}
		out, page = append(out, page[:i+1]...), page[i+1:]
		if len(page) > 0 && page[0] == '/' {
			out, page = append(out, '/'), page[1:]
		}
		if len(page) == 0 || !isLetter(page[0]) {
			continue
		}
		if tags++; tags > maxTags {
			return nil, false
		}
		if n := formatting(page); n > 0 {
			out, page = append(out, "span"...), page[n:]
		}
	}
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// formatting is the length of the formatting element's name at the front of a tag,
// or 0. The element a is not among them: the rules never reopen more than one.
func formatting(tag []byte) int {
	end := bytes.IndexAny(tag[:min(len(tag), 8)], " \n\r\t\f/>")
	if end < 0 {
		return 0
	}
	switch string(bytes.ToLower(tag[:end])) {
	case "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u":
		return end
	}
	return 0
}

package source

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/unicode/norm"
)

// Text is the normal form of a longer text: valid UTF-8 in NFC, no control
// characters, each line trimmed with its white space collapsed to single spaces,
// runs of empty lines cut to one, no empty line at either end. Text(Text(s)) = Text(s).
func Text(s string) string {
	s = norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n\n").Replace(s)
	var b strings.Builder
	b.Grow(len(s))
	empty := 0 // empty lines since the last text
	for line := range strings.SplitSeq(s, "\n") {
		line = collapse(line)
		if line == "" {
			empty++
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
			if empty > 0 {
				b.WriteByte('\n')
			}
		}
		b.WriteString(line)
		empty = 0
	}
	// Dropping a control character may have brought two marks together.
	return norm.NFC.String(b.String())
}

// Line is the normal form of a name or title: Text in a single line, cut at a rune within limit bytes.
func Line(s string, limit int) string {
	s = collapse(strings.ReplaceAll(Text(s), "\n", " "))
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return strings.TrimSpace(s[:limit])
}

// collapse drops control and invisible characters and joins words with single spaces.
func collapse(line string) string {
	line = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), r == '\u00AD', r == '\u200B', r == '\u2060', r == '\uFEFF':
			return -1
		}
		return r
	}, line)
	return strings.Join(strings.Fields(line), " ")
}

// textOf gives the text below a node in normal form. Blocks become paragraphs,
// br and the lines of pre become lines; what a reader does not see is left out.
func textOf(root *html.Node) string {
	w := textWalk{}
	w.node(root, false)
	return Text(w.b.String())
}

type textWalk struct{ b strings.Builder }

// node recurses; the parser bounds the depth of a document.
func (w *textWalk) node(n *html.Node, pre bool) {
	switch n.Type {
	case html.TextNode:
		if pre {
			w.b.WriteString(n.Data)
		} else {
			w.b.WriteString(strings.NewReplacer("\n", " ", "\r", " ", "\u2028", " ", "\u2029", " ").Replace(n.Data))
		}
		return
	case html.ElementNode:
		if hidden(n) {
			return
		}
		switch n.DataAtom {
		case atom.Br:
			w.b.WriteByte('\n')
			return
		case atom.Pre:
			pre = true
		}
	}
	before, after := "", ""
	if n.Type == html.ElementNode {
		before, after = separators(n.DataAtom)
	}
	w.b.WriteString(before)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c, pre)
	}
	w.b.WriteString(after)
}

func hidden(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Head, atom.Iframe, atom.Object, atom.Svg, atom.Math,
		atom.Nav, atom.Form, atom.Button, atom.Select, atom.Input, atom.Textarea, atom.Audio, atom.Video, atom.Canvas:
		return true
	}
	for _, a := range n.Attr {
		if a.Key == "hidden" || (a.Key == "aria-hidden" && a.Val == "true") {
			return true
		}
	}
	return false
}

// separators are what parts an element from the text before and after it.
func separators(a atom.Atom) (before, after string) {
	switch a {
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Blockquote, atom.Pre, atom.Ul, atom.Ol, atom.Dl, atom.Table,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Figure, atom.Figcaption, atom.Header, atom.Footer,
		atom.Aside, atom.Main, atom.Hr, atom.Address, atom.Details, atom.Summary, atom.Body:
		return "\n\n", "\n\n"
	case atom.Li, atom.Dt, atom.Dd, atom.Tr, atom.Caption:
		return "\n", ""
	case atom.Td, atom.Th:
		return " ", ""
	}
	return "", ""
}

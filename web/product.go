package web

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// looks is how many looks a product can have: a colour and a pattern each. Further
// products begin again.
const looks = 6

// Size of a stacked bar, in pixels.
const (
	stackWidth = 72.0
	stackGap   = 1.0
	leastPart  = 1.0
)

// ProductLook is a product with its place in the legend.
type ProductLook struct {
	Product
	Look int // 0 to looks − 1
}

// legendOf lists the products that a view speaks of, by name: a product keeps its look
// whoever is paid for it. Labelling programs that pay nobody yet are among them.
func legendOf(v View) []ProductLook {
	kinds := map[string]string{}
	for _, l := range v.Labels {
		kinds[l.Name] = "judgement"
	}
	for _, n := range v.Neurons {
		if n.Score == nil {
			continue
		}
		for _, p := range n.Score.Products {
			kinds[p.Name] = p.Kind
		}
	}
	var out []ProductLook
	for name, kind := range kinds {
		out = append(out, ProductLook{Product: Product{Name: name, Kind: kind}})
	}
	slices.SortFunc(out, func(a, b ProductLook) int { return strings.Compare(a.Name, b.Name) })
	for i := range out {
		out[i].Look = i % looks
	}
	return out
}

// Stack is the drawing of what a miner's pay is made of.
type Stack struct {
	Parts []StackPart
	Label string // for who does not see it: forum 62 %, spam 38 %
}

// StackPart is one product's part of a stack, in pixels.
type StackPart struct {
	X, Width string
	Look     int
}

// newStack is empty where the miner is paid for nothing.
func newStack(s *Score, legend []ProductLook) Stack {
	total := 0.0
	for _, p := range s.Products {
		total += payOf(p)
	}
	if total <= 0 {
		return Stack{}
	}
	var out Stack
	var words []string
	at := 0.0
	for _, l := range legend { // in one order for all miners
		for _, p := range s.Products {
			share := payOf(p) / total
			if p.Name != l.Name || share == 0 {
				continue
			}
			words = append(words, fmt.Sprintf("%s %s", shorten(p.Name, 32), percent(share)))
			width := max(leastPart, share*stackWidth-stackGap)
			at = min(at, stackWidth-width) // small parts are drawn larger than they are
			out.Parts = append(out.Parts, StackPart{pixels(at), pixels(width), l.Look})
			at += width + stackGap
		}
	}
	out.Label = strings.Join(words, ", ")
	return out
}

// payOf is a product's pay, 0 where it is no number that a bar can have.
func payOf(p Product) float64 {
	if math.IsInf(p.Pay, 0) {
		return 0
	}
	return clamp(p.Pay)
}

// percent is a share as whole per cent.
func percent(x float64) string {
	switch {
	case math.IsNaN(x) || x <= 0:
		return none
	case x < 0.005:
		return "<1\u00a0%"
	}
	return fmt.Sprintf("%.0f\u00a0%%", 100*x)
}

// Section is a part of a miner's page: the rows of one product, or of the whole score.
type Section struct {
	Product ProductLook // without a name for the whole score
	Known   bool        // the product is in the legend
	Rows    []Row
	Cells   []Cell // drawn before the rows
}

// sections parts rows where their product changes, and puts the cells of a product to its
// first section.
func sections(rows []Row, cells []Cell, n Neuron, legend []ProductLook) []Section {
	var out []Section
	for _, r := range rows {
		if len(out) == 0 || out[len(out)-1].Product.Name != r.Product {
			out = append(out, newSection(r.Product, n, legend))
		}
		last := &out[len(out)-1]
		last.Rows = append(last.Rows, r)
	}
	for _, c := range cells {
		if i := slices.IndexFunc(out, func(s Section) bool { return s.Product.Name == c.Product }); i >= 0 {
			out[i].Cells = append(out[i].Cells, c)
		}
	}
	return out
}

func newSection(name string, n Neuron, legend []ProductLook) Section {
	s := Section{Product: ProductLook{Product: Product{Name: name}}}
	if i := slices.IndexFunc(legend, func(l ProductLook) bool { return l.Name == name }); i >= 0 {
		s.Product, s.Known = legend[i], true
	}
	if n.Score != nil {
		total := 0.0
		for _, p := range n.Score.Products {
			total += payOf(p)
		}
		for _, p := range n.Score.Products {
			if p.Name == name && total > 0 {
				s.Product.Pay = payOf(p) / total
			}
		}
	}
	return s
}

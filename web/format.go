package web

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// raoPerTao is the chain's smallest unit.
const raoPerTao = 1e9

// none is shown for a share or an amount of zero, so that what is there stands out.
const none = "–"

func functions() template.FuncMap {
	return template.FuncMap{
		"share": share, "amount": amount, "number": number, "blocks": blocks, "short": short, "shorten": shorten,
		"whisker": newWhisker, "bar": newBar, "verdict": verdictOf, "nextEpoch": nextEpoch, "since": since,
		"stale": func(n Neuron) bool { return n.Role == "validator" && n.Updated > staleBlocks }, "legend": legend,
		"stack": newStack, "percent": percent, "grouped": grouped, "fall": newFall, "plot": newPlot,
	}
}

// staleBlocks is the age of a vote from which it is marked.
const staleBlocks = 1000

func share(x float64) string {
	switch {
	case math.IsNaN(x) || x == 0:
		return none
	case x < 0.0005:
		return "<0.001"
	}
	return strconv.FormatFloat(x, 'f', 3, 64)
}

// amount is rao as tao or alpha: whole from a thousand on, four figures after the
// point below ten.
func amount(rao uint64) string {
	switch {
	case rao == 0:
		return none
	case rao%1e9 == 0:
		return grouped(rao / raoPerTao)
	case rao < 1e5:
		return "<0.0001"
	case rao >= 1000*raoPerTao:
		return grouped((rao + raoPerTao/2) / raoPerTao)
	case rao >= 10*raoPerTao:
		return strconv.FormatFloat(float64(rao)/raoPerTao, 'f', 2, 64)
	}
	return strconv.FormatFloat(float64(rao)/raoPerTao, 'f', 4, 64)
}

// number is a value of no fixed range, to three figures; two where it is small.
func number(x float64) string {
	if x == 0 || math.IsNaN(x) {
		return none
	}
	if math.Abs(x) < 0.01 {
		return strconv.FormatFloat(x, 'g', 2, 64)
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}

// grouped is a whole number with thin spaces between thousands.
func grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	var b strings.Builder
	for i, digit := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteRune('\u2009')
		}
		b.WriteRune(digit)
	}
	return b.String()
}

// blocks is a number of blocks with the time that they take.
func blocks(n uint64, blockSeconds float64) string {
	word := "blocks"
	if n == 1 {
		word = "block"
	}
	text := fmt.Sprintf("%s %s", grouped(n), word)
	if blockSeconds > 0 {
		text += " (~" + span(float64(n)*blockSeconds) + ")"
	}
	return text
}

func span(seconds float64) string {
	switch {
	case seconds < 100:
		return fmt.Sprintf("%.0f\u00a0s", seconds)
	case seconds < 100*60:
		return fmt.Sprintf("%.0f\u00a0min", seconds/60)
	case seconds < 48*3600:
		return fmt.Sprintf("%.1f\u00a0h", seconds/3600)
	default:
		return fmt.Sprintf("%.1f\u00a0days", seconds/86400)
	}
}

func nextEpoch(v View) string {
	switch {
	case v.NextEpoch == 0:
		return none
	case v.NextEpoch <= v.Block:
		return "due now"
	}
	return "in " + blocks(v.NextEpoch-v.Block, v.BlockSeconds)
}

func since(block uint64, v View) string {
	if block >= v.Block {
		return "just now"
	}
	return blocks(v.Block-block, v.BlockSeconds) + " ago"
}

// short is the head of a hotkey.
func short(hotkey string) string {
	if utf8.RuneCountInString(hotkey) <= 12 {
		return hotkey
	}
	return shorten(hotkey, 8)
}

// shorten cuts a text to n characters.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n]) + "…"
}

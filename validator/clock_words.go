package validator

import (
	"fmt"
	"strings"
	"time"
)

// at says when a block comes: "… at block 120 (in 41 blocks, about 8 min)".
func (f Facts) at(what string, block uint64) string {
	return fmt.Sprintf("%s at block %d%s", what, block, f.until(block))
}

func (f Facts) until(block uint64) string {
	if block <= f.Head {
		return ""
	}
	n := block - f.Head
	text := fmt.Sprintf(" (in %d blocks", n)
	if n == 1 {
		text = " (in 1 block"
	}
	if f.BlockTime > 0 {
		text += ", about " + roughly(time.Duration(n)*f.BlockTime)
	}
	return text + ")"
}

// roughly is a duration as a person says it.
func roughly(d time.Duration) string {
	switch {
	case d < 90*time.Second:
		return fmt.Sprintf("%d s", max(1, int(d.Round(time.Second).Seconds())))
	case d < 100*time.Minute:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute).Minutes()))
	}
	return fmt.Sprintf("%d h", int(d.Round(time.Hour).Hours()))
}

// describe lists actions.
func describe(acts []Act) string {
	var parts []string
	for _, a := range acts {
		parts = append(parts, fmt.Sprintf("%s the vote of epoch %d", a.Do, a.Epoch))
	}
	return "due now: " + strings.Join(parts, ", ")
}
